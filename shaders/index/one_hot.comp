// SPDX-License-Identifier: Apache-2.0
// result[i][c] = 1 where indices[i] == c, else 0. No archetype serves: a place is compared with
// data.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "index/one_hot_params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) readonly buffer Indices { uint indices[]; };
layout(binding = 1) writeonly buffer Result { float result[]; };

void main() {
  uint turns = params.turns, classes = params.classes, count = params.count;
  uint at = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;
  for (uint turn = 0; turn < turns && at < count; ++turn, at += LANES)
    result[at] = indices[at / classes] == at % classes ? 1.0 : 0.0;
}
