// SPDX-License-Identifier: Apache-2.0
// Philox numbers, four elements at once: key = seed, counter = (element / 4, stream, step low, step
// high). No archetype serves: the values come from the clock, not from operands of their own shape.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/math.glsl"
#include "common/random.glsl"
#include "random/params.h"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint KIND = 0;
const uint UNIFORM = 0, NORMAL = 1, BERNOULLI = 2;

layout(binding = 0) readonly buffer Clock { uint clock[]; };
layout(binding = 1) writeonly buffer Result { vec4 result[]; };

// Box-Muller: of each pair of words the first gives the radius, the second the angle.
vec2 normal_pair(uvec2 bits) {
  float radius = sqrt(-2.0 * math_log(float((bits.x >> 8) + 1u) * 5.9604644775390625e-8));
  float angle = 6.28318548 * (float(bits.y >> 8) * 5.9604644775390625e-8);
  return radius * vec2(math_cos(angle), math_sin(angle));
}

vec4 values(uvec4 bits) {
  if (KIND == NORMAL) return vec4(normal_pair(bits.xy), normal_pair(bits.zw));
  if (KIND == BERNOULLI) return vec4(lessThan(bits >> 8, uvec4(params.threshold)));
  return unit_float(bits);
}

void main() {
  uvec2 step_words = uvec2(clock[0], clock[1]), seed = uvec2(clock[4], clock[5]);
  uint total = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  uint count = params.count, stream = params.stream, first_block = params.first_block;
  uint blocks = (count + 3) / 4;
  for (uint block = gl_GlobalInvocationID.x; block < blocks; block += total) {
    vec4 x = values(philox4x32(uvec4(first_block + block, stream, step_words), seed));
    // Padding stays zero.
    result[block] = mix(vec4(0), x, lessThan(uvec4(4 * block) + uvec4(0, 1, 2, 3), uvec4(count)));
  }
}
