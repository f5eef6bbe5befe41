// SPDX-License-Identifier: Apache-2.0
// The rows of a batch, written to its place among all rows. No archetype serves: where it writes
// comes from data.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "index/put_batch_params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) readonly buffer Values { uint values[]; };  // the bits of f32
layout(binding = 1) readonly buffer Clock { uint clock[]; };
layout(binding = 2) writeonly buffer Result { uint result[]; };

void main() {
  uint turns = params.turns, count = params.count, bound = params.bound, base = params.base;
  uint start = clock[2] * params.stride - params.first;  // wraps where the batch begins earlier
  uint at = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;
  for (uint turn = 0; turn < turns && at < count; ++turn, at += LANES)
    if (start + at < bound) result[base + start + at] = values[at];
}
