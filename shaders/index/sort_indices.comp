// SPDX-License-Identifier: Apache-2.0
// Pairs (index, position) of the positions first .. first + count of `indices`, sorted by index;
// equal indices keep their order, so sums over them have one order too. Those that add nothing come
// last. Not an archetype: nothing else but argsort sorts.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "index/radix_sort.glsl"
#include "index/scatter_params.h"

layout(binding = 0) readonly buffer Indices { uint indices[]; };

uvec2 fresh_pair(uint i) {
  uint index = indices[params.first + i];
  bool adds = index < params.table_rows && index != params.padding;
  return uvec2(adds ? index : params.table_rows, params.first + i);
}

void main() { sort_pairs(0, params.count, params.passes); }
