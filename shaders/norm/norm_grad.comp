// SPDX-License-Identifier: Apache-2.0
// dx of a norm along every line: f * (g - mean(g) - n * mean(g * n)) with f = 1 / sqrt(variance +
// epsilon), n = (x - mean) * f and g = weight * dy; RMS has no mean(g), and its mean of x is 0.
// Writes mean and f of each line for norm_columns.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"

const uint LAYER = 0, RMS = 1;  // MODE

LINE_INPUT(0, x)
LINE_INPUT(1, dy)
LINE_ALONG(2, weight)
layout(binding = 3) writeonly buffer DX { VALUE dx[]; };
layout(binding = 4) writeonly buffer Means { float means[]; };
layout(binding = 5) writeonly buffer Factors { float factors[]; };

void main() {
  uint turns = params.lines_per_group, y_base = params.y_base;
  float scale = params.scale, epsilon = params.epsilon;
  VALUE kept_x[ROOM], kept_g[ROOM];
  for (uint turn = 0; turn < turns; ++turn) {
    bool inside = next_line(turn);
    if (!inside) end = 0;
    VALUE sum = VALUE(0), squares = VALUE(0), sum_g = VALUE(0), sum_gn = VALUE(0);
    EACH_KEPT(k, at) {
      VALUE value = x(at);
      kept_x[SLOT(k)] = value;
      sum += value;
    }
    float mean = MODE == LAYER ? line_sum(sum) * scale : 0.0;
    EACH_KEPT(k, at) {
      VALUE centred = (KEPT > 0 ? kept_x[SLOT(k)] : x(at)) - mean;
      squares += centred * centred;
    }
    float factor = 1.0 / sqrt(line_sum(squares) * scale + epsilon);
    EACH_KEPT(k, at) {
      VALUE normal = ((KEPT > 0 ? kept_x[SLOT(k)] : x(at)) - mean) * factor;
      VALUE g = weight(i) * dy(at);
      kept_x[SLOT(k)] = normal;
      kept_g[SLOT(k)] = g;
      sum_g += g;
      sum_gn += g * normal;
    }
    float mean_g = MODE == LAYER ? line_sum(sum_g) * scale : 0.0;
    float mean_gn = line_sum(sum_gn) * scale;
    EACH_KEPT(k, at) {
      VALUE normal = KEPT > 0 ? kept_x[SLOT(k)] : (x(at) - mean) * factor;
      VALUE g = KEPT > 0 ? kept_g[SLOT(k)] : weight(i) * dy(at);
      dx[at] = (g - mean_g - normal * mean_gn) * factor;
    }
    if (inside && IS_WRITER) {
      means[y_base + line] = mean;
      factors[y_base + line] = factor;
    }
  }
}
