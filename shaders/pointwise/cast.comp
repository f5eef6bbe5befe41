// SPDX-License-Identifier: Apache-2.0
// Element type conversion, and copies (FROM = TO). Not an op of pointwise.comp, whose operands are
// f32. An invocation takes four neighbours, so that it alone writes their word where they are u8.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/types.glsl"
#include "pointwise/flat_params.h"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint FROM = TYPE_F32;
layout(constant_id = 1) const uint TO = TYPE_F32;
layout(binding = 0) readonly buffer Source { uint source[]; };
layout(binding = 1) writeonly buffer Result { uint result[]; };

uint element(uint i) { return FROM == TYPE_U8 ? byte_of(source[i / 4], i % 4) : source[i]; }

void main() {
  uint total = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  uint count = params.count;
  for (uint first = 4 * gl_GlobalInvocationID.x; first < count; first += 4 * total) {
    uint word = 0;
    for (uint i = 0; i < min(4, count - first); ++i) {
      uint bits = converted(element(first + i), FROM, TO);
      if (TO == TYPE_U8) word |= bits << (8 * i);
      else result[first + i] = bits;
    }
    if (TO == TYPE_U8) result[first / 4] = word;
  }
}
