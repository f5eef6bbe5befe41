// SPDX-License-Identifier: Apache-2.0
// y = exp(x - m) / sum exp(x - m) along every line, m its largest value; or the logarithm of that.
// A line that is -inf throughout gives zeros (its logarithm: -inf).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"
#include "common/math.glsl"

const uint SOFTMAX = 0, LOG_SOFTMAX = 1;  // MODE

LINE_INPUT(0, x)
layout(binding = 1) writeonly buffer Y { VALUE y[]; };

float shift_of(float largest) { return largest == -INFINITY ? 0.0 : largest; }
vec4 shift_of(vec4 m) { return vec4(shift_of(m.x), shift_of(m.y), shift_of(m.z), shift_of(m.w)); }
float inverse(float sum) { return sum == 0.0 ? 0.0 : 1.0 / sum; }
vec4 inverse(vec4 s) { return vec4(inverse(s.x), inverse(s.y), inverse(s.z), inverse(s.w)); }
float logarithm(float sum) { return sum == 0.0 ? 0.0 : math_log(sum); }
vec4 logarithm(vec4 s) {
  return vec4(logarithm(s.x), logarithm(s.y), logarithm(s.z), logarithm(s.w));
}

void main() {
  uint turns = params.lines_per_group;
  for (uint turn = 0; turn < turns; ++turn) {
    if (!next_line(turn)) end = 0;
    VALUE largest = VALUE(-INFINITY);
    EACH(at) largest = larger(largest, x(at));
    LINE_VALUE shift = shift_of(line_max(largest));
    VALUE sum = VALUE(0);
    EACH(at) sum += math_exp(x(at) - shift);
    LINE_VALUE total = line_sum(sum);
    if (MODE == SOFTMAX) {
      LINE_VALUE factor = inverse(total);
      EACH(at) y[at] = math_exp(x(at) - shift) * factor;
    } else {
      LINE_VALUE log_total = logarithm(total);
      EACH(at) y[at] = x(at) - shift - log_total;
    }
  }
}
