// SPDX-License-Identifier: Apache-2.0
// Element type conversion, and copies (FROM = TO). Not an op of pointwise.comp, whose operands are
// f32. An invocation takes four neighbours, so that it alone writes the words that several share.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/types.glsl"
#include "pointwise/flat_params.h"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint FROM = TYPE_F32;
layout(constant_id = 1) const uint TO = TYPE_F32;
layout(binding = 0) readonly buffer Source { uint source[]; };
layout(binding = 1) writeonly buffer Result { uint result[]; };

uint element(uint i) {
  uint per = per_word(FROM), bits = 32 / per;
  return bitfieldExtract(source[i / per], int(i % per * bits), int(bits));
}

void main() {
  uint total = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  uint count = params.count;
  for (uint first = 4 * gl_GlobalInvocationID.x; first < count; first += 4 * total) {
    uint word = 0, end = min(4, count - first), per = per_word(TO);
    for (uint i = 0; i < end; ++i) {
      word |= converted(element(first + i), FROM, TO) << (i % per * (32 / per));
      if (i % per == per - 1 || i + 1 == end) {
        result[(first + i) / per] = word;
        word = 0;
      }
    }
  }
}
