// SPDX-License-Identifier: Apache-2.0
// Ends a step: writes its number and the observed scalars to the ring, then counts it. No archetype
// serves: it is the one kernel that changes the clock.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "step/params.h"

layout(local_size_x = 64) in;

layout(binding = 0) buffer Clock { uint clock[]; };
layout(binding = 1) readonly buffer Observed { uint observed[]; };  // the bits of f32
layout(binding = 2) writeonly buffer Ring { uint ring[]; };

void main() {
  // Everyone has read the step before anyone changes it.
  uint low = clock[0], high = clock[1], batches = clock[2];
  memoryBarrierBuffer();
  barrier();

  uint width = params.count + 2, first = low % params.slots * width;
  for (uint i = gl_LocalInvocationID.x; i < width; i += gl_WorkGroupSize.x)
    ring[first + i] = i == 0 ? low : i == 1 ? high : observed[(i - 2) * params.stride];

  if (gl_LocalInvocationID.x == 0) {
    clock[0] = low + 1;
    clock[1] = low == 0xffffffffu ? high + 1 : high;
    clock[2] = batches + 1;
  }
}
