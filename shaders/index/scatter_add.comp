// SPDX-License-Identifier: Apache-2.0
// table[row] += the sum of updates[i] over all i with indices[i] == row, in ascending order of i.
// In `pairs`, from sort_indices, equal indices are runs. An invocation owns one column of a run's
// part within a segment of SEGMENT pairs, so there are no atomics, and a row that is named often (a
// blank, padding) is no long walk: the first part of a run goes to the table, the others to
// partials[segment], whose sums the dispatch with JOIN adds. Not an archetype: where it reads and
// writes comes from data.
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
layout(constant_id = 1) const uint SEGMENT = 64;
layout(constant_id = 2) const bool JOIN = false;

layout(binding = 0) readonly buffer Updates { VALUE updates[]; };
layout(binding = 1) readonly buffer Pairs { uvec2 pairs[]; };
layout(binding = 2) buffer Partials { VALUE partials[]; };
layout(binding = 3) buffer Table { VALUE table[]; };

void main() {
  uint count = params.count, width = params.width, turns = params.turns;
  uint first = JOIN ? SEGMENT : 0, step_ = JOIN ? SEGMENT : 1;  // places that may own something
  uint at = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;
  for (uint turn = 0; turn < turns; ++turn, at += LANES) {
    uint place = first + at / width * step_, column = at % width;
    if (place >= count) break;
    uint row = pairs[place].x, bound = row - params.first_row;
    if (row >= params.table_rows || bound >= params.bound_rows) continue;
    bool continues = place > 0 && pairs[place - 1].x == row;
    VALUE sum = VALUE(0);
    if (JOIN) {
      bool later = place > SEGMENT && pairs[place - SEGMENT - 1].x == row;
      if (!continues || later) continue;
      for (uint i = place; i < count && pairs[i].x == row; i += SEGMENT)
        sum += partials[i / SEGMENT * width + column];
    } else {
      if (continues && place % SEGMENT != 0) continue;
      uint end = min(count, (place / SEGMENT + 1) * SEGMENT);
      for (uint i = place; i < end && pairs[i].x == row; ++i)
        sum += updates[pairs[i].y * width + column];
    }
    if (continues && !JOIN)
      partials[place / SEGMENT * width + column] = sum;
    else
      table[params.table_base + bound * width + column] += sum;
  }
}
