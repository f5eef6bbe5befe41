// SPDX-License-Identifier: Apache-2.0
// Push constants of argsort, for GLSL and C++.
#include "common/params.h"

PARAMS(ArgsortParams) {
  uint width;      // of a row
  uint kept;       // positions written of each row
  uint first_row;  // of x, the row that this dispatch begins with
  uint x_base;
  uint y_base;
}
PARAMS_END
