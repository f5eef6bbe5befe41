// SPDX-License-Identifier: Apache-2.0
// A matrix or a cube with its axes in another order and zeros around: with these the recurrent
// kernels need no tests of edges and read along memory, once a step instead of once a call.
// (strided_copy.comp does not pad.)
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/divide.glsl"
#include "recurrent/pack_params.h"

layout(local_size_x = 64) in;
layout(binding = 0) readonly buffer Source { float source[]; };
layout(binding = 1) writeonly buffer Result { float result[]; };

void main() {
  uint total = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  uint count = params.count, offset = params.result_offset;
  uvec3 sizes = uvec3(params.sizes[0], params.sizes[1], params.sizes[2]);
  uvec3 inside = uvec3(params.inside[0], params.inside[1], params.inside[2]);
  uvec3 strides = uvec3(params.strides[0], params.strides[1], params.strides[2]);
  for (uint i = gl_GlobalInvocationID.x; i < count; i += total) {
    uint rest = divide(i, sizes.z);
    uvec3 at = uvec3(divide(rest, sizes.y), 0, i - rest * sizes.z);
    at.y = rest - at.x * sizes.y;
    bool is_source = all(lessThan(at, inside));
    uvec3 places = at * strides;
    float value = source[is_source ? places.x + places.y + places.z : 0];
    result[offset + i] = is_source ? value : 0;
  }
}
