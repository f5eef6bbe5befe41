// SPDX-License-Identifier: Apache-2.0
// dweight = sum(dy * (x - mean) * factor) and, if LAYER, dbias = sum(dy) over the rows of every
// column or strip of one; mean and factor of each row come from norm_grad. In blocks of 128, one
// after another, as `reduce`: chains of additions stay short.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"

const uint LAYER = 0, RMS = 1;  // MODE
const uint BLOCK = 128;

LINE_INPUT(0, x)
LINE_INPUT(1, dy)
LINE_ALONG(2, mean)
LINE_ALONG(3, factor)
layout(binding = 4) writeonly buffer DWeight { LINE_VALUE dweight[]; };
layout(binding = 5) writeonly buffer DBias { LINE_VALUE dbias[]; };

void main() {
  uint turns = params.lines_per_group, y_base = params.y_base;
  for (uint turn = 0; turn < turns; ++turn) {
    bool inside = next_line(turn);
    if (!inside) end = 0;
    VALUE weights = VALUE(0), biases = VALUE(0);
    for (uint from = first; from < end; from += BLOCK * step_) {
      VALUE of_weight = VALUE(0), of_bias = VALUE(0);
      uint to = min(end, from + BLOCK * step_);
      for (uint i = from, at = base + from * inner; i < to; i += step_, at += step_ * inner) {
        VALUE d = dy(at);
        of_weight += d * ((x(at) - mean(i)) * factor(i));
        of_bias += d;
      }
      weights += of_weight;
      biases += of_bias;
    }
    LINE_VALUE total = line_sum(weights);
    if (inside && IS_WRITER) dweight[y_base + line] = total;
    if (MODE == LAYER) {
      LINE_VALUE total_bias = line_sum(biases);
      if (inside && IS_WRITER) dbias[y_base + line] = total_bias;
    }
  }
}
