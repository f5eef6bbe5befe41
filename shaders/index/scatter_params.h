// SPDX-License-Identifier: Apache-2.0
// Push constants of sort_indices and scatter_add, for GLSL and C++.
#include "common/params.h"

PARAMS(ScatterParams) {
  uint first;       // of the indices, the first that this dispatch handles
  uint count;       // and how many
  uint width;       // floats (or vec4s) of a row
  uint table_rows;  // of the whole result
  uint first_row;   // of the rows bound here
  uint bound_rows;
  uint table_base;  // floats (or vec4s) before row first_row in the binding
  uint passes;      // sort: 4-bit digits of a key
  uint padding;     // sort: an index that adds nothing, or one beyond the table
  uint turns;       // scatter: elements of one invocation
}
PARAMS_END
