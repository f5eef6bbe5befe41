// SPDX-License-Identifier: Apache-2.0
// result[i] = table[indices[i]], row by row, as raw bits: f32, integers, and u8 in whole words. No
// archetype serves: the address of what is read comes from data.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "index/gather_params.h"

#ifdef VECTORS
#define UNIT uvec4
#else
#define UNIT uint
#endif

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const bool CLOCKED = false;
layout(constant_id = 2) const bool FILLS_MISSING = true;

layout(binding = 0) readonly buffer Table { UNIT table[]; };
layout(binding = 1) readonly buffer Indices { uint indices[]; };
layout(binding = 2) readonly buffer Clock { uint clock[]; };
layout(binding = 3) writeonly buffer Result { UNIT result[]; };

void main() {
  uint turns = params.turns, width = params.width, rows = params.rows;
  uint start = CLOCKED ? clock[2] * params.batch : 0;
  uint at = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;
  for (uint turn = 0; turn < turns; ++turn, at += LANES) {
    uint i = start + at / width;
    if (at >= rows * width) break;
    uint row = i < params.order ? indices[i] : 0xffffffffu;
    if (row == params.padding) row = 0xffffffffu;
    uint bound = row - params.first_row;
    if (row < params.table_rows && bound < params.bound_rows)
      result[at] = table[params.table_base + bound * width + at % width];
    else if (FILLS_MISSING && row >= params.table_rows)
      result[at] = UNIT(params.missing);
  }
}
