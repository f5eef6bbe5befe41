// SPDX-License-Identifier: Apache-2.0
// Push constants of the gather kernels, for GLSL and C++. A unit is what the variant copies at
// once: 16 bytes, 4, or (gather_bytes) a byte.
#include "common/params.h"

PARAMS(GatherParams) {
  uint rows;        // of the result
  uint width;       // units of a row
  uint table_rows;  // of the whole table
  uint first_row;   // the rows bound here begin with this one,
  uint bound_rows;  // and are so many; rows elsewhere are left to other dispatches
  uint table_base;  // units before row first_row in the binding
  uint order;       // number of indices
  uint batch;       // with CLOCKED: indices begin at clock[2] * batch
  uint missing;     // bits for rows whose index lies outside the table
  uint padding;     // an index taken as one outside
  uint turns;       // units (gather_bytes: words) of one invocation
}
PARAMS_END
