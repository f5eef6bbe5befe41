// SPDX-License-Identifier: Apache-2.0
// Backward of a depthwise convolution through its weights. An invocation owns one row of taps of
// its channels and walks over lines of y; grid z is the split of the lines (split_pixels is whole
// lines) whose sums go to dw[split].
#version 450
#extension GL_GOOGLE_include_directive : require
#include "conv/params.h"
#include "conv/depthwise.glsl"

layout(constant_id = 7) const bool GIVES_SUMS = false;

IMAGES(0, dy)
IMAGES(1, x)
layout(binding = 2) writeonly buffer D { float d[]; };
layout(binding = 3) writeonly buffer DepthSums { float depth_sums[]; };

float row_operand(uint row, uint pixel) {
  uint at = pixel * params.channels + row;
#ifdef VECTORS
  return dy(at / 4)[at % 4];
#else
  return dy(at);
#endif
}
#include "common/depth_sums.glsl"

VALUE sums[TAPS];

// The products of one strip of y.
void add_strip(uint dy_pixel, uint left, uint x_line, uint from, uint width, uint units,
               uint unit) {
  VALUE dys[STRIP];
  [[unroll]] for (uint i = 0; i < STRIP; ++i) {
    VALUE v = dy((dy_pixel + min(i, left - 1)) * units + unit);
    if (i >= left) v = VALUE(0);
    dys[i] = v;
  }
  [[unroll]] for (uint j = 0; j < WINDOW; ++j) {
    bool inside = from + j < width;
    VALUE v = x(inside ? (x_line + from + j) * units + unit : 0);
    if (!inside) v = VALUE(0);
    [[unroll]] for (uint i = 0; i < STRIP; ++i) {
      int reach = int(j) - int(i * STRIDE);
      if (is_tap(reach)) sums[tap_of(reach)] += dys[i] * v;
    }
  }
}

void main() {
  uint all_channels = params.channels, units = all_channels / UNIT;
  uint height = params.height, width = params.width;
  uint out_height = params.out_height, out_width = params.out_width;
  uint split_lines = divide(params.split_pixels, out_width);
  uint line = gl_WorkGroupID.z * split_lines;
  uint end = min(line + split_lines, params.images * out_height);
  uint target = gl_WorkGroupID.z * params.split_stride;
  if (gives_depth_sums()) {
    give_depth_sums(gl_WorkGroupID.x * LANES * UNIT, LANES * UNIT, all_channels, line * out_width,
                    end * out_width, target + params.sums_offset);
  }
  uint i = gl_WorkGroupID.x * LANES + gl_LocalInvocationID.x;
  uint r = divide(i, units), unit = i - r * units, kernel_height = params.kernel_height;
  if (r >= kernel_height) return;

  [[unroll]] for (uint s = 0; s < TAPS; ++s) sums[s] = VALUE(0);
  for (; line < end; ++line) {
    uint image = divide(line, out_height);
    uint row = (line - image * out_height) * STRIDE + r * DILATION - PAD;  // wraps if negative
    if (row >= height) continue;
    for (uint first = 0; first < out_width; first += STRIP)
      add_strip(line * out_width + first, out_width - first, (image * height + row) * width,
                first * STRIDE - PAD, width, units, unit);
  }
  [[unroll]] for (uint e = 0; e < UNIT; ++e) {
    uint to = target + ((unit * UNIT + e) * kernel_height + r) * TAPS;
    [[unroll]] for (uint s = 0; s < TAPS; ++s) {
#ifdef VECTORS
      d[to + s] = sums[s][e];
#else
      d[to + s] = sums[s];
#endif
    }
  }
}
