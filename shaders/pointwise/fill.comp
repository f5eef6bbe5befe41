// SPDX-License-Identifier: Apache-2.0
// Writes one value everywhere. Not an op of pointwise.comp, which reads its operands from buffers.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "pointwise/flat_params.h"

layout(local_size_x = 64) in;
layout(binding = 0) writeonly buffer Result { float result[]; };

void main() {
  uint total = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  uint count = params.count;
  float value = params.value;
  for (uint first = 4 * gl_GlobalInvocationID.x; first < count; first += 4 * total)
    for (uint i = first; i < min(first + 4, count); ++i) result[i] = value;
}
