// SPDX-License-Identifier: Apache-2.0
// Of every row of x, one workgroup each, the positions of its smallest (largest) values in order;
// equal values by position, NaN above all. `places` counts elements of all of x instead. A radix
// sort of any length, rather than a bitonic one in shared memory that long rows do not fit: stable
// without comparing positions, and one kernel. Not an archetype: those do not sort.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/ordered.glsl"
#include "index/argsort_params.h"
#include "index/radix_sort.glsl"

layout(constant_id = 0) const bool DESCENDING = false;

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 2) writeonly buffer Order { uint order[]; };
layout(binding = 3) writeonly buffer Places { uint places[]; };

uint row = gl_WorkGroupID.x;

uvec2 fresh_pair(uint i) {
  uint key = ordered(x[params.x_base + row * params.width + i]);
  if (key == 0x7fffffffu) key = 0x80000000u;  // -0 is 0
  return uvec2(DESCENDING ? ~key : key, i);
}

void main() {
  uint width = params.width, kept = params.kept, base = row * 2 * width;
  sort_pairs(base, width, 8);
  for (uint i = lane; i < kept; i += LANES) {
    uint position = pairs[base + i].y;
    order[params.y_base + row * kept + i] = position;
    places[params.y_base + row * kept + i] = (params.first_row + row) * width + position;
  }
}
