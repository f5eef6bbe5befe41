// SPDX-License-Identifier: Apache-2.0
// table[row] += the sum of updates[i] over all i with indices[i] == row, in ascending order of i.
// An invocation owns one element of a row that occurs (the first of its run in `order`, from
// sort_indices), so there are no atomics; its cost is the length of the run. Not an archetype:
// where it reads and writes comes from data.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "index/scatter_params.h"

#ifdef VECTORS
#define VALUE vec4
#else
#define VALUE float
#endif

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

layout(binding = 0) readonly buffer Updates { VALUE updates[]; };
layout(binding = 1) readonly buffer Indices { uint indices[]; };
layout(binding = 2) readonly buffer Order { uint order[]; };
layout(binding = 3) buffer Table { VALUE table[]; };

void main() {
  uint count = params.count, width = params.width, turns = params.turns;
  uint at = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;
  for (uint turn = 0; turn < turns && at < count * width; ++turn, at += LANES) {
    uint place = at / width, column = at % width;
    uint row = indices[order[place]];
    uint bound = row - params.first_row;
    if (row >= params.table_rows || bound >= params.bound_rows) continue;
    if (place > 0 && indices[order[place - 1]] == row) continue;
    VALUE sum = VALUE(0);
    for (uint i = place; i < count && indices[order[i]] == row; ++i)
      sum += updates[order[i] * width + column];
    table[params.table_base + bound * width + column] += sum;
  }
}
