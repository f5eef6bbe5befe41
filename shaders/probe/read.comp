// SPDX-License-Identifier: Apache-2.0
// How fast the device reads what is in its caches: all invocations walk again and again over the
// same few vec4s, from different places. A probe of the device, not a kernel of an op.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "probe/params.h"

layout(local_size_x = 64) in;
#ifdef TEXEL
layout(binding = 0) uniform samplerBuffer source;
#define LOAD(i) texelFetch(source, int((i)&last))
#else
layout(binding = 0) readonly buffer Source { vec4 source[]; };
#define LOAD(i) source[(i)&last]
#endif
layout(binding = 1) writeonly buffer Result { vec4 result[]; };

void main() {
  uint turns = params.turns, stride = params.stride, last = params.count - 1;
  uint at = gl_GlobalInvocationID.x;
  vec4 a = vec4(0), b = vec4(0), c = vec4(0), d = vec4(0);
  for (uint turn = 0; turn < turns; ++turn) {
    a += LOAD(at);
    b += LOAD(at + stride);
    c += LOAD(at + 2 * stride);
    d += LOAD(at + 3 * stride);
    at += 4 * stride;
  }
  result[gl_GlobalInvocationID.x] = a + b + c + d;
}
