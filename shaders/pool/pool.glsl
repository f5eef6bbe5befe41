// SPDX-License-Identifier: Apache-2.0
// What the pooling kernels share: a walk over the elements of the result, and windows.
#include "pool/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const bool COUNTS_PAD = true;  // averages divide by kernel^2 at edges too

#ifdef VECTORS
#define VALUE vec4
#else
#define VALUE float
#endif

bool is_nan(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }

// Rows or columns [x, y) of the input that window `i` covers.
uvec2 window(uint i, uint size) {
  int begin = int(i * params.stride) - int(params.pad);
  return uvec2(max(begin, 0), min(begin + int(params.kernel), int(size)));
}

// Windows [x, y) that cover row or column `at` of the input.
uvec2 windows_over(uint at, uint pooled) {
  uint padded = at + params.pad;
  uint begin = padded < params.kernel ? 0 : (padded - params.kernel) / params.stride + 1;
  return uvec2(begin, min(padded / params.stride + 1, pooled));
}

uint pixel(uint image, uint row, uint column) {
  return ((image * params.height + row) * params.width + column) * params.channels;
}
uint pooled_pixel(uint image, uint row, uint column) {
  return ((image * params.pooled_height + row) * params.pooled_width + column) * params.channels;
}
float divisor(uvec2 rows, uvec2 columns) {
  return COUNTS_PAD ? float(params.kernel * params.kernel)
                    : float((rows.y - rows.x) * (columns.y - columns.x));
}

// main() calls element(at) for every element of the result.
#define EACH_ELEMENT                                                                   \
  void main() {                                                                        \
    uint turns = params.turns, count = params.count;                                   \
    uint at = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;               \
    for (uint turn = 0; turn < turns && at < count; ++turn, at += LANES) element(at);  \
  }

struct Place {
  uint image, row, column, channel;
};
Place place_of(uint at, uint height, uint width) {
  uint channel = at % params.channels, rest = at / params.channels;
  return Place(rest / width / height, rest / width % height, rest % width, channel);
}
