// SPDX-License-Identifier: Apache-2.0
// Push constants of the recurrent kernels. Sizes and offsets count floats.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(RecurrentParams) {
  uint rows;        // B
  uint steps;       // T
  uint hidden;      // H
  uint padded;      // H rounded up to a multiple of 8: what the state holds of a row, or of a gate
  uint units;       // length of a packed weight row
  uint first_turn;  // of this dispatch: step 0, or, backward, the last one
  uint turns;       // of this dispatch; backward there is one more than steps: it makes dh0
  uint panels;      // of LANES * 4 units that a group does, one after another
  uint carry;       // where in the state what is not multiplied begins
  uint parts[6];    // where in the result its parts begin, in the order of ops/recurrent/cell.h
}
PARAMS_END
