// SPDX-License-Identifier: Apache-2.0
// One op of ops/pointwise/table.inc, unfused: what runs where the run-time compiler does not. Where
// every operand is one row or one element, an invocation computes four neighbours at a time.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/index.glsl"
#include "common/math.glsl"
#include "pointwise/params.h"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint ROW = 0;       // the op: its line in table.inc
layout(constant_id = 1) const bool FLAT = false;  // every operand is one row or one element
layout(constant_id = 2) const uint REPEATS = 0;   // bit i: operand i is one element
layout(constant_id = 3) const uint RANK = 6;      // axes in use

layout(binding = 0) readonly buffer A { float a_[]; };
layout(binding = 0) readonly buffer AVectors { vec4 a_vectors[]; };
layout(binding = 1) readonly buffer B { float b_[]; };
layout(binding = 1) readonly buffer BVectors { vec4 b_vectors[]; };
layout(binding = 2) readonly buffer C { float c_[]; };
layout(binding = 2) readonly buffer CVectors { vec4 c_vectors[]; };
layout(binding = 3) writeonly buffer Result { float result[]; };
layout(binding = 3) writeonly buffer ResultVectors { vec4 result_vectors[]; };

#define POINTWISE(name, arity, expression) \
  case __LINE__:                           \
    y = expression;                        \
    break;

float compute(float a, float b, float c) {
  precise float y = 0.0;
  switch (ROW) {
#include "../ops/pointwise/table.inc"
  }
  return y;
}

vec4 compute(vec4 a, vec4 b, vec4 c) {
  precise vec4 y = vec4(0.0);
  switch (ROW) {
#include "../ops/pointwise/table.inc"
  }
  return y;
}

bool repeats(uint operand) { return (REPEATS & (1u << operand)) != 0; }

// Four elements at a time; the first few invocations also take the 1 to 3 that remain.
void compute_row(uint count, uvec3 offset) {
  uint total = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  uint vectors = count / 4;
  vec4 a = vec4(a_[offset.x]), b = vec4(b_[offset.y]), c = vec4(c_[offset.z]);
  for (uint i = gl_GlobalInvocationID.x; i < vectors; i += total) {
    if (!repeats(0)) a = a_vectors[i];
    if (!repeats(1)) b = b_vectors[i];
    if (!repeats(2)) c = c_vectors[i];
    result_vectors[i] = compute(a, b, c);
  }
  uint i = vectors * 4 + gl_GlobalInvocationID.x;
  if (i < count)
    result[i] = compute(repeats(0) ? a.x : a_[i], repeats(1) ? b.x : b_[i],
                        repeats(2) ? c.x : c_[i]);
}

void compute_grid(uint count, uvec3 offset, uint result_offset) {
  uint total = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  for (uint i = gl_GlobalInvocationID.x; i < count; i += total) {
    uint coordinates[6];
    coordinates_of(i, params.sizes, RANK, coordinates);
    uvec3 at = offset;
    [[unroll]] for (uint axis = 0; axis < 6; ++axis)
      if (axis < RANK)
        at += coordinates[axis] *
              uvec3(params.strides[axis], params.strides[6 + axis], params.strides[12 + axis]);
    result[result_offset + i] = compute(a_[at.x], b_[at.y], c_[at.z]);
  }
}

void main() {
  uvec3 offset = uvec3(params.offsets[0], params.offsets[1], params.offsets[2]);
  if (FLAT) compute_row(params.count, offset);
  else compute_grid(params.count, offset, params.result_offset);
}
