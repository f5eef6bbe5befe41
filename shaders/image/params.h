// SPDX-License-Identifier: Apache-2.0
// Push constants of the image kernels, for GLSL and C++. Images are [batch, height, width,
// channels]; channels count floats, or vec4s in the vector variants.
#include "common/params.h"

PARAMS(ImageParams) {
  uint count;  // elements of the result [batch, rows, columns, channels]
  uint rows;
  uint columns;
  uint channels;
  uint height;  // of the operand
  uint width;
  uint turns;  // elements of one invocation
}
PARAMS_END
