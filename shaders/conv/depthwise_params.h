// SPDX-License-Identifier: Apache-2.0
// Push constants of conv_depthwise, for GLSL and C++. Channels count floats, or vec4s in the vector
// variants.
#include "common/params.h"

PARAMS(DepthwiseParams) {
  uint count;  // elements of the grid [images, rows, columns, channels], whose columns are strips
  uint rows;
  uint columns;
  uint channels;
  uint target_width;   // of the result; its height is rows
  uint source_height;  // of the operand
  uint source_width;
  uint kernel_height;
  uint turns;  // elements of one invocation
}
PARAMS_END
