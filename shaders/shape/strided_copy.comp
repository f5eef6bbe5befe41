// SPDX-License-Identifier: Apache-2.0
// Copies a grid of elements between two buffers, each with strides of its own: transpose, slice,
// concat, pad and broadcast_to. With BYTES the elements are u8, and the result is one row: an
// invocation then gathers the four elements of a word, so that it alone writes it. With VECTORS an
// element is four neighbours that both sides keep together.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/index.glsl"
#include "common/types.glsl"
#include "shape/params.h"

#ifdef VECTORS
#define ELEMENT uvec4
#else
#define ELEMENT uint
#endif

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint RANK = 6;  // axes in use
layout(binding = 0) readonly buffer Source { ELEMENT source[]; };
layout(binding = 1) writeonly buffer Result { ELEMENT result[]; };

uint place(uint coordinates[6], uint strides[6], uint offset) {
  [[unroll]] for (uint axis = 0; axis < 6; ++axis)
    if (axis < RANK) offset += coordinates[axis] * strides[axis];
  return offset;
}

void main() {
  uint total = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
  uint count = params.count;
  uint coordinates[6];
#ifdef BYTES
  for (uint word = gl_GlobalInvocationID.x; 4 * word < count; word += total) {
    uint packed = 0;
    for (uint i = 0; i < min(4, count - 4 * word); ++i) {
      coordinates_of(4 * word + i, params.sizes, RANK, coordinates);
      uint at = place(coordinates, params.strides, params.offset);
      packed |= byte_of(source[at / 4], at % 4) << (8 * i);
    }
    result[word] = packed;
  }
#else
  // CPU drivers gather a push constant that a loop reads.
  uint sizes[6] = params.sizes, from[6] = params.strides, to[6] = params.result_strides;
  uint first = params.offset, result_first = params.result_offset;
  for (uint i = gl_GlobalInvocationID.x; i < count; i += total) {
    coordinates_of(i, sizes, RANK, coordinates);
    result[place(coordinates, to, result_first)] = source[place(coordinates, from, first)];
  }
#endif
}
