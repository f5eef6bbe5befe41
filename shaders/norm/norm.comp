// SPDX-License-Identifier: Apache-2.0
// y = (x - mean) / sqrt(variance + epsilon) * weight + bias along every line, the variance from
// centred values; or, RMS, y = x / sqrt(mean of x^2 + epsilon) * weight.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"

const uint LAYER = 0, RMS = 1;  // MODE

LINE_INPUT(0, x)
LINE_ALONG(1, weight)
LINE_ALONG(2, bias)
layout(binding = 3) writeonly buffer Y { VALUE y[]; };

void main() {
  uint turns = params.lines_per_group;
  float scale = params.scale, epsilon = params.epsilon;
  VALUE kept[ROOM], weights[ROOM], biases[ROOM];
  // Lines that are kept have a lane's values at the same places.
  [[unroll]] for (uint k = 0, i = gl_LocalInvocationID.x; k < KEPT; ++k, i += LANES)
    if (KEPT_WHOLE || i < line_length) {
      weights[k] = weight(i);
      if (MODE == LAYER) biases[k] = bias(i);
    }
  for (uint turn = 0; turn < turns; ++turn) {
    if (!next_line(turn)) break;
    VALUE sum = VALUE(0), squares = VALUE(0);
    EACH_KEPT(k, at) {
      VALUE value = x(at);
      kept[SLOT(k)] = value;
      sum += value;
    }
    float mean = MODE == LAYER ? line_sum(sum) * scale : 0.0;
    EACH_KEPT(k, at) {
      VALUE centred = (KEPT > 0 ? kept[SLOT(k)] : x(at)) - mean;
      squares += centred * centred;
    }
    float factor = 1.0 / sqrt(line_sum(squares) * scale + epsilon);
    EACH_KEPT(k, at) {
      VALUE normal = ((KEPT > 0 ? kept[SLOT(k)] : x(at)) - mean) * factor;
      VALUE scaled = normal * (KEPT > 0 ? weights[SLOT(k)] : weight(i));
      y[at] = MODE == LAYER ? scaled + (KEPT > 0 ? biases[SLOT(k)] : bias(i)) : scaled;
    }
  }
}
