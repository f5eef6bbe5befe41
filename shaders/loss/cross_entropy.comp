// SPDX-License-Identifier: Apache-2.0
// loss = log sum exp(x) - x[target] of every row of logits: NaN where the target is no class.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"
#include "common/math.glsl"
#include "loss/cross_entropy.glsl"

LINE_INPUT(0, x)
layout(binding = 1) readonly buffer Targets { uint targets[]; };
layout(binding = 2) writeonly buffer Losses { float losses[]; };

const bool SMOOTHED = MODE == 1;

void main() {
  uint turns = params.lines_per_group;
  for (uint turn = 0; turn < turns; ++turn) {
    bool inside = next_line(turn);
    if (!inside) end = 0;
    VALUE largest = VALUE(-INFINITY);
    EACH(at) largest = larger(largest, x(at));
    float shift = line_max(largest);
    VALUE sum = VALUE(0), below = VALUE(0);
    EACH(at) {
      VALUE value = x(at);
      sum += math_exp(value - shift);
      if (SMOOTHED) below += shift - value;
    }
    float total = line_sum(sum), below_all = SMOOTHED ? line_sum(below) : 0.0;
    if (inside && IS_WRITER) {
      uint target = targets[params.y_base + line];
      bool valid = target / WIDTH < params.line_length;
      float own = component(x(base + (valid ? target / WIDTH : 0)), target % WIDTH);
      losses[params.y_base + line] = loss_of_row(valid, total, shift, own, below_all, SMOOTHED);
    }
  }
}
