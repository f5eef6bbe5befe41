// SPDX-License-Identifier: Apache-2.0
// D = activation(sum over splits of partial sums + bias), splits added in order: two runs agree bit
// for bit. Partials are [splits][stride], D is [count], a bias repeats over the last axis.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "matmul/split_params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const bool HAS_BIAS = false;
layout(constant_id = 2) const uint ACTIVATION = 0;  // common/activation.glsl

#include "common/operand.glsl"

layout(binding = 0) readonly buffer Partials { float partials[]; };
OPERAND(1, extra)  // a bias or a mask
layout(binding = 2) writeonly buffer D { float d[]; };
layout(binding = 3) writeonly buffer Sums { float sums[]; };

#include "common/activation.glsl"

void main() {
  uint count = params.count, stride = params.stride;
  uint splits = params.splits;
  uint columns = params.columns;
  uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  uint i = group * LANES + gl_LocalInvocationID.x;
  if (i >= count + params.sums) return;
  float sum = partials[i];
  for (uint split = 1; split < splits; ++split) sum += partials[split * stride + i];
  if (i >= count) {
    sums[i - count] = sum;
    return;
  }
  if (HAS_BIAS) sum += extra_scalar(i % columns);
  d[i] = activate(sum, i);
}
