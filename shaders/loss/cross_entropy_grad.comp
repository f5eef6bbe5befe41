// SPDX-License-Identifier: Apache-2.0
// dx = (softmax(x) - onehot(target)) * dloss of every row of logits: NaN where the target is no
// class. With SMOOTHED the target's part of onehot is spread: see cross_entropy.glsl.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"
#include "common/math.glsl"
#include "loss/cross_entropy.glsl"

LINE_INPUT(0, x)
layout(binding = 1) readonly buffer Targets { uint targets[]; };
layout(binding = 2) readonly buffer DLosses { float dlosses[]; };
layout(binding = 3) writeonly buffer DX { VALUE dx[]; };
layout(binding = 4) writeonly buffer Losses { float losses[]; };

const bool GIVES_LOSSES = (MODE & 1) != 0;  // as cross_entropy.comp has them
const bool SMOOTHED = (MODE & 2) != 0;

#ifdef VECTORS
vec4 one_hot(uint i, uint target) { return vec4(equal(4 * i + uvec4(0, 1, 2, 3), uvec4(target))); }
#else
float one_hot(uint i, uint target) { return i == target ? 1.0 : 0.0; }
#endif

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
      if (SMOOTHED && GIVES_LOSSES) below += shift - value;
    }
    float total = line_sum(sum), factor = 1.0 / total;
    float below_all = SMOOTHED && GIVES_LOSSES ? line_sum(below) : 0.0;
    uint row = inside ? line : 0;
    uint target = targets[params.y_base + row];
    bool valid = target / WIDTH < params.line_length;
    float dloss = valid ? dlosses[params.y_base + row] : uintBitsToFloat(0x7fc00000u);
    if (GIVES_LOSSES && inside && IS_WRITER) {
      float own = component(x(base + (valid ? target / WIDTH : 0)), target % WIDTH);
      losses[params.y_base + line] = loss_of_row(valid, total, shift, own, below_all, SMOOTHED);
    }
    EACH(at) {
      VALUE share = math_exp(x(at) - shift) * factor;
      VALUE wanted = one_hot(i, target);
      if (SMOOTHED) wanted = share_of_target() * wanted + share_of_each();
      dx[at] = (share - wanted) * dloss;
    }
  }
}
