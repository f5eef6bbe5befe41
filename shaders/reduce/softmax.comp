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
  VALUE kept[ROOM];  // x, and then what it adds to the sum
  for (uint turn = 0; turn < turns; ++turn) {
    if (!next_line(turn)) break;
    VALUE largest = VALUE(-INFINITY);
    EACH_KEPT(k, at) {
      VALUE value = x(at);
      kept[SLOT(k)] = value;
      largest = max(largest, value);  // a NaN may be lost here: its sum is NaN, too
    }
    LINE_VALUE shift = shift_of(line_max(largest));
    VALUE sum = VALUE(0);
    EACH_KEPT(k, at) {
      VALUE shifted = (KEPT > 0 ? kept[SLOT(k)] : x(at)) - shift, term = math_exp(shifted);
      kept[SLOT(k)] = MODE == SOFTMAX ? term : shifted;
      sum += term;
    }
    LINE_VALUE total = line_sum(sum);
    LINE_VALUE factor = inverse(total), log_total = logarithm(total);
    EACH_KEPT(k, at) {
      if (MODE == SOFTMAX)
        y[at] = (KEPT > 0 ? kept[SLOT(k)] : math_exp(x(at) - shift)) * factor;
      else
        y[at] = (KEPT > 0 ? kept[SLOT(k)] : x(at) - shift) - log_total;
    }
  }
}
