// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution (x -> y), or BACKWARD through x (y -> x, also the transposed convolution).
// D = activation(sum + bias).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "conv/depthwise_params.h"
#include "conv/depthwise.glsl"

layout(constant_id = 7) const bool HAS_BIAS = false;
layout(constant_id = 8) const uint ACTIVATION = 0;  // common/activation.glsl
layout(constant_id = 9) const bool BACKWARD = false;
layout(constant_id = 10) const int FIRST = 0;  // backward: where the window of strip 0 begins

IMAGES(0, source)
OPERAND(1, weight)  // as scalars
OPERAND(2, extra)   // a bias, as scalars, or a mask
layout(binding = 3) writeonly buffer D { VALUE d[]; };

#include "common/activation.glsl"

uint target_width, height, width, kernel_height;
void prepare() {
  target_width = params.target_width, kernel_height = params.kernel_height;
  height = params.source_height, width = params.source_width;
}

VALUE weight_of(uint unit, uint tap) {
  uint taps = kernel_height * TAPS, at = unit * UNIT * taps + tap;
#ifdef VECTORS
  return vec4(weight_scalar(at), weight_scalar(at + taps), weight_scalar(at + 2 * taps),
              weight_scalar(at + 3 * taps));
#else
  return weight_scalar(at);
#endif
}

VALUE bias_of(uint unit) {
#ifdef VECTORS
  return vec4(extra_scalar(4 * unit), extra_scalar(4 * unit + 1), extra_scalar(4 * unit + 2),
              extra_scalar(4 * unit + 3));
#else
  return extra_scalar(unit);
#endif
}

// The line that row r of the kernel reads for line `row` of the result; none is `height` or more.
uint source_line(uint row, uint r) {
  if (!BACKWARD) return row * STRIDE + r * DILATION - PAD;
  uint padded = row + PAD, reach = r * DILATION;
  uint line = divide(padded - min(reach, padded), STRIDE);
  return reach <= padded && line * STRIDE == padded - reach ? line : height;
}

void element(uint at, Place place) {
  uint first = place.column * STRIP, unit = place.channel;
  uint from = BACKWARD ? divide(first, STRIDE) + uint(FIRST) : first * STRIDE - PAD;  // may wrap
  VALUE sums[STRIP];
  [[unroll]] for (uint i = 0; i < STRIP; ++i) sums[i] = VALUE(0);
  for (uint r = 0; r < kernel_height; ++r) {
    uint row = source_line(place.row, r);
    if (row >= height) continue;
    uint line = (place.image * height + row) * width;
    VALUE weights[TAPS];
    [[unroll]] for (uint s = 0; s < TAPS; ++s) weights[s] = weight_of(unit, r * TAPS + s);
    [[unroll]] for (uint j = 0; j < WINDOW; ++j) {
      bool inside = from + j < width;
      VALUE v = source(inside ? (line + from + j) * channels + unit : 0);
      if (!inside) v = VALUE(0);
      [[unroll]] for (uint i = 0; i < STRIP; ++i) {
        int reach = BACKWARD ? int(i + PAD) - (FIRST + int(j)) * int(STRIDE)
                             : int(j) - int(i * STRIDE);
        if (is_tap(reach)) sums[i] += weights[tap_of(reach)] * v;
      }
    }
  }
  VALUE bias = HAS_BIAS ? bias_of(unit) : VALUE(0);
  uint pixel = (place.image * rows + place.row) * target_width + first;
  [[unroll]] for (uint i = 0; i < STRIP; ++i) {
    uint to = (pixel + i) * channels + unit;
    if (first + i < target_width) d[to] = activate(sums[i] + bias, to * UNIT);
  }
}

EACH_ELEMENT
