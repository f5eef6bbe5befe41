// SPDX-License-Identifier: Apache-2.0
// dx of softmax, y * (dy - sum(y * dy)), or of log_softmax, dy - exp(y) * sum(dy), along every
// line.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"
#include "common/math.glsl"

const uint SOFTMAX = 0, LOG_SOFTMAX = 1;  // MODE

LINE_INPUT(0, y)
LINE_INPUT(1, dy)
layout(binding = 2) writeonly buffer DX { VALUE dx[]; };

void main() {
  uint turns = params.lines_per_group;
  for (uint turn = 0; turn < turns; ++turn) {
    if (!next_line(turn)) end = 0;
    VALUE sum = VALUE(0);
    EACH(at) sum += MODE == SOFTMAX ? y(at) * dy(at) : dy(at);
    LINE_VALUE total = line_sum(sum);
    EACH(at) {
      VALUE d = dy(at), v = y(at);
      dx[at] = MODE == SOFTMAX ? v * (d - total) : d - math_exp(v) * total;
    }
  }
}
