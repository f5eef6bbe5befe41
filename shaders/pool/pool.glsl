// SPDX-License-Identifier: Apache-2.0
// What the pooling kernels share: windows. Kernel, stride and padding are constants, so that small
// windows unroll. With a KERNEL of 0 windows adapt: n of them share `size` pixels as evenly as they
// can, and window i has those from floor(i size / n) to before ceil((i + 1) size / n).
#include "pool/params.h"
#include "common/images.glsl"

layout(constant_id = 1) const uint KERNEL = 2;  // 0: windows adapt
layout(constant_id = 2) const uint STRIDE = 2;
layout(constant_id = 3) const uint PAD = 0;
layout(constant_id = 4) const bool MAX = true;         // the largest element, not the mean
layout(constant_id = 5) const bool COUNTS_PAD = true;  // means divide by KERNEL^2 at edges too

uint height, width, pooled_height, pooled_width;
void prepare() {
  height = params.height, width = params.width;
  pooled_height = params.pooled_height, pooled_width = params.pooled_width;
}

// Rows or columns [x, y) of the input that window `i` of `pooled` covers.
uvec2 window(uint i, uint size, uint pooled) {
  if (KERNEL == 0) {
    uint begin = i * size;
    return uvec2(divide(begin, pooled), divide(begin + size + pooled - 1, pooled));
  }
  int begin = int(i * STRIDE) - int(PAD);
  return uvec2(max(begin, 0), min(begin + int(KERNEL), int(size)));
}

// Windows [x, y) that cover row or column `at` of the input.
uvec2 windows_over(uint at, uint size, uint pooled) {
  if (KERNEL == 0) {
    uint begin = at * pooled;
    return uvec2(divide(begin, size), divide(begin + pooled + size - 1, size));
  }
  uint padded = at + PAD;
  uint begin = padded < KERNEL ? 0 : (padded - KERNEL) / STRIDE + 1;
  return uvec2(begin, min(padded / STRIDE + 1, pooled));
}

uint pixel(uint image, uint row, uint column) {
  return ((image * height + row) * width + column) * channels;
}
uint pooled_pixel(uint image, uint row, uint column) {
  return ((image * pooled_height + row) * pooled_width + column) * channels;
}
float divisor(uvec2 rows, uvec2 columns) {
  return COUNTS_PAD ? float(KERNEL * KERNEL) : float((rows.y - rows.x) * (columns.y - columns.x));
}
