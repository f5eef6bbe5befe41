// SPDX-License-Identifier: Apache-2.0
// dx = (softmax(x) - onehot(target)) * dloss of every row of logits: NaN where the target is no
// class.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"
#include "common/math.glsl"

LINE_INPUT(0, x)
layout(binding = 1) readonly buffer Targets { uint targets[]; };
layout(binding = 2) readonly buffer DLosses { float dlosses[]; };
layout(binding = 3) writeonly buffer DX { VALUE dx[]; };

#ifdef VECTORS
const uint WIDTH = 4;
vec4 one_hot(uint i, uint target) { return vec4(equal(4 * i + uvec4(0, 1, 2, 3), uvec4(target))); }
#else
const uint WIDTH = 1;
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
    VALUE sum = VALUE(0);
    EACH(at) sum += math_exp(x(at) - shift);
    float factor = 1.0 / line_sum(sum);
    uint row = inside ? line : 0;
    uint target = targets[params.y_base + row];
    bool valid = target / WIDTH < params.line_length;
    float dloss = valid ? dlosses[params.y_base + row] : uintBitsToFloat(0x7fc00000u);
    EACH(at) {
      VALUE share = math_exp(x(at) - shift) * factor;
      dx[at] = (share - one_hot(i, target)) * dloss;
    }
  }
}
