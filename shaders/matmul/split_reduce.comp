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
layout(constant_id = 3) const bool VECTORS = false;  // four results an invocation: all divide by 4

#include "common/operand.glsl"

layout(binding = 0) readonly buffer Partials { float partials[]; };
layout(binding = 0) readonly buffer PartialVectors { vec4 partial_vectors[]; };
OPERAND(1, extra)  // a bias or a mask
RESULT(2, d)
layout(binding = 3) writeonly buffer Sums { float sums[]; };

#include "common/activation.glsl"

void main() {
  uint count = params.count, stride = params.stride;
  uint splits = params.splits;
  uint columns = params.columns;
  uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  uint i = (group * LANES + gl_LocalInvocationID.x) * (VECTORS ? 4 : 1);
  if (i >= count + params.sums) return;
  if (VECTORS && i < count) {
    vec4 v = partial_vectors[i / 4];
    for (uint split = 1; split < splits; ++split) v += partial_vectors[(split * stride + i) / 4];
    if (HAS_BIAS) {
      for (uint e = 0; e < 4; ++e) v[e] += extra_scalar(i % columns + e);
    }
    d_put(i / 4, activate(v, i));
    return;
  }
  for (uint e = 0; e < (VECTORS ? 4 : 1); ++e) {
    uint at = i + e;
    if (at >= count + params.sums) return;
    float sum = partials[at];
    for (uint split = 1; split < splits; ++split) sum += partials[split * stride + at];
    if (at >= count) {
      sums[at - count] = sum;
    } else {
      d_put(at, activate(HAS_BIAS ? sum + extra_scalar(at % columns) : sum, at));
    }
  }
}
