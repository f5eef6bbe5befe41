// SPDX-License-Identifier: Apache-2.0
// What the pooling kernels share: a walk over the elements of a grid (the result's pixels, or its
// windows), and windows. Kernel, stride and padding are constants, so that small windows unroll.
// TEXEL reads through texel buffers, which some CPU drivers gather and storage buffers not.
#include "common/divide.glsl"
#include "pool/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const uint KERNEL = 2;
layout(constant_id = 2) const uint STRIDE = 2;
layout(constant_id = 3) const uint PAD = 0;
layout(constant_id = 4) const bool MAX = true;         // the largest element, not the mean
layout(constant_id = 5) const bool COUNTS_PAD = true;  // means divide by KERNEL^2 at edges too

#ifdef VECTORS
#define VALUE vec4
#else
#define VALUE float
#endif

#ifdef TEXEL
#define POOL_INPUT(slot, name)                           \
  layout(binding = slot) uniform samplerBuffer name##_b; \
  vec4 name(uint i) { return texelFetch(name##_b, int(i)); }
#else
#define POOL_INPUT(slot, name)                                         \
  layout(binding = slot) readonly buffer name##_B { VALUE name##_b[]; }; \
  VALUE name(uint i) { return name##_b[i]; }
#endif

// Copies of the push constants: inside a loop old CPU drivers fetch those lane by lane.
uint rows, columns, channels, height, width, pooled_height, pooled_width;

struct Place {
  uint image, row, column, channel;
};
Place place_of(uint at) {
  uint pixel = divide(at, channels), line = divide(pixel, columns), image = divide(line, rows);
  return Place(image, line - image * rows, pixel - line * columns, at - pixel * channels);
}

// Rows or columns [x, y) of the input that window `i` covers.
uvec2 window(uint i, uint size) {
  int begin = int(i * STRIDE) - int(PAD);
  return uvec2(max(begin, 0), min(begin + int(KERNEL), int(size)));
}

// Windows [x, y) that cover row or column `at` of the input.
uvec2 windows_over(uint at, uint pooled) {
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

// main() calls element(at) for every element of the grid.
#define EACH_ELEMENT                                                                   \
  void main() {                                                                        \
    uint turns = params.turns, count = params.count;                                   \
    rows = params.rows, columns = params.columns, channels = params.channels;          \
    height = params.height, width = params.width;                                      \
    pooled_height = params.pooled_height, pooled_width = params.pooled_width;          \
    uint at = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;               \
    for (uint turn = 0; turn < turns && at < count; ++turn, at += LANES) element(at);  \
  }
