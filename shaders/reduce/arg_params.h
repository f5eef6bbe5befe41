// SPDX-License-Identifier: Apache-2.0
// Push constants of arg_reduce, for GLSL and C++. Sizes count elements.
#include "common/params.h"

PARAMS(ArgParams) {
  uint lines;
  uint line_length;
  uint inner;
  uint lines_per_group;  // turns of a workgroup, each of 64 / LANES lines
  uint x_base;
  uint y_base;
}
PARAMS_END
