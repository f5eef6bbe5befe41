// SPDX-License-Identifier: Apache-2.0
// One op of ops/pointwise/table.inc, unfused: what runs where the run-time compiler does not. There
// is one call of compute(): some drivers copy the whole table to each call before they prune it.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/index.glsl"
#include "common/math.glsl"
#include "common/operand.glsl"
#include "pointwise/params.h"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint ROW = 0;       // the op: its line in table.inc
layout(constant_id = 1) const bool FLAT = false;  // every operand is one row or one element
layout(constant_id = 2) const uint REPEATS = 0;   // bit i: operand i is one element
layout(constant_id = 3) const uint RANK = 6;      // axes in use

OPERAND(0, a)
OPERAND(1, b)
OPERAND(2, c)
layout(binding = 3) writeonly buffer Result { float result[]; };

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

bool repeats(uint operand) { return (REPEATS & (1u << operand)) != 0; }

// Where each operand has element i of the result.
uvec3 places_of(uint i) {
  uvec3 at = uvec3(params.offsets[0], params.offsets[1], params.offsets[2]);
  if (FLAT) return at + uvec3(repeats(0) ? 0 : i, repeats(1) ? 0 : i, repeats(2) ? 0 : i);
  uint coordinates[6];
  coordinates_of(i, params.sizes, RANK, coordinates);
  [[unroll]] for (uint axis = 0; axis < 6; ++axis)
    if (axis < RANK)
      at += coordinates[axis] *
            uvec3(params.strides[axis], params.strides[6 + axis], params.strides[12 + axis]);
  return at;
}

void main() {
  uint total = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  uint count = params.count;
  uint result_offset = params.result_offset;
  for (uint i = gl_GlobalInvocationID.x; i < count; i += total) {
    uvec3 at = places_of(i);
    result[result_offset + i] = compute(a_scalar(at.x), b_scalar(at.y), c_scalar(at.z));
  }
}
