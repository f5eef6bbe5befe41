// SPDX-License-Identifier: Apache-2.0
// Push constants of the pooling kernels, for GLSL and C++. Images are [batch, height, width,
// channels]; channels count floats, or vec4s in the vector variants.
#include "common/params.h"

PARAMS(PoolParams) {
  uint count;  // elements of the grid [batch, rows, columns, channels] that is walked
  uint rows;
  uint columns;
  uint channels;
  uint height;  // of the input
  uint width;
  uint pooled_height;
  uint pooled_width;
  uint turns;  // elements of one invocation
}
PARAMS_END
