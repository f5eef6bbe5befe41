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

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const uint RANK = 6;  // axes in use
layout(binding = 1) writeonly buffer Result { ELEMENT result[]; };

#ifdef TEXEL  // see common/operand.glsl
layout(binding = 0) uniform samplerBuffer source_texels;
#ifdef VECTORS
ELEMENT source(uint i) { return floatBitsToUint(texelFetch(source_texels, int(i))); }
#else
ELEMENT source(uint i) { return floatBitsToUint(texelFetch(source_texels, int(i)).x); }
#endif
#else
layout(binding = 0) readonly buffer Source { ELEMENT source_elements[]; };
ELEMENT source(uint i) { return source_elements[i]; }
#endif

uint place(uint coordinates[6], uint strides[6], uint offset) {
  [[unroll]] for (uint axis = 0; axis < 6; ++axis)
    if (axis < RANK) offset += coordinates[axis] * strides[axis];
  return offset;
}

void main() {
  uint count = params.count, turns = params.turns;
  uint i = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;
  uint coordinates[6];
#ifdef BYTES
  for (uint turn = 0; turn < turns && 4 * i < count; ++turn, i += LANES) {
    uint packed = 0;
    for (uint e = 0; e < min(4, count - 4 * i); ++e) {
      coordinates_of(4 * i + e, params.sizes, RANK, coordinates);
      uint at = place(coordinates, params.strides, params.offset);
      packed |= byte_of(source(at / 4), at % 4) << (8 * e);
    }
    result[i] = packed;
  }
#else
  // CPU drivers gather a push constant that a loop reads.
  uint sizes[6] = params.sizes, from[6] = params.strides, to[6] = params.result_strides;
  uint first = params.offset, result_first = params.result_offset;
  uint step_[6];
  coordinates_of(i, sizes, RANK, coordinates);
  coordinates_of(LANES, sizes, RANK, step_);
  for (uint turn = 0; turn < turns && i < count; ++turn, i += LANES) {
    result[place(coordinates, to, result_first)] = source(place(coordinates, from, first));
    add_coordinates(coordinates, step_, sizes, RANK);
  }
#endif
}
