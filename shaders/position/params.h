// SPDX-License-Identifier: Apache-2.0
// Push constants of rotary, for GLSL and C++. A unit is a float, or a vec4.
#include "common/params.h"

PARAMS(RotaryParams) {
  uint count;       // pairs of units
  uint half_width;  // units of half a row
  uint first_row;   // the rows bound here begin with this one
  uint tokens;      // rows of neighbouring positions
  uint batch_rows;  // rows that share a list of positions
  uint offset;      // the first position, where there is no list
  uint table_rows;
  uint base;   // units before row first_row in the binding
  uint turns;  // pairs of one invocation
}
PARAMS_END
