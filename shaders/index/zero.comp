// SPDX-License-Identifier: Apache-2.0
// Zeros, before scatter_add. The pointwise archetype fills a whole result of its own, not a range
// of one that a later dispatch of the same node adds to.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "index/one_hot_params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) writeonly buffer Result { float result[]; };

void main() {
  uint turns = params.turns, count = params.count;
  uint at = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;
  for (uint turn = 0; turn < turns && at < count; ++turn, at += LANES) result[at] = 0;
}
