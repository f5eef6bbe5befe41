// SPDX-License-Identifier: Apache-2.0
// How fast the device reads memory and writes it. A workgroup copies `turns` times its width of
// neighbouring vec4s. A probe of the device, not a kernel of an op.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "probe/params.h"

layout(local_size_x = 64, local_size_x_id = 0) in;
#ifdef TEXEL
layout(binding = 0) uniform samplerBuffer source;
#define LOAD(i) texelFetch(source, int(i))
#else
layout(binding = 0) readonly buffer Source { vec4 source[]; };
#define LOAD(i) source[i]
#endif
layout(binding = 1) writeonly buffer Result { vec4 result[]; };

void main() {
  uint turns = params.turns, count = params.count;
  uint at = gl_WorkGroupID.x * turns * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
  for (uint turn = 0; turn < turns && at < count; ++turn) {
    result[at] = LOAD(at);
    at += gl_WorkGroupSize.x;
  }
}
