// SPDX-License-Identifier: Apache-2.0
// Pairs (i, i + half a row) of every row turned by the angles of its position, whose cosines and
// sines are a row of the table. No archetype serves: results are made in pairs, and which row of
// the table may come from data.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "position/params.h"

#ifdef VECTORS
#define VALUE vec4
#else
#define VALUE float
#endif

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const bool INVERSE = false;
layout(constant_id = 2) const bool HAS_POSITIONS = false;

layout(binding = 0) readonly buffer X { VALUE x[]; };
layout(binding = 1) readonly buffer Table { VALUE table[]; };
layout(binding = 2) readonly buffer Positions { uint positions[]; };
layout(binding = 3) writeonly buffer Y { VALUE y[]; };

void main() {
  uint turns = params.turns, count = params.count, width = params.half_width;
  uint tokens = params.tokens, batch_rows = params.batch_rows;
  uint item = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;
  for (uint turn = 0; turn < turns && item < count; ++turn, item += LANES) {
    uint bound = item / width, column = item - bound * width;
    uint row = params.first_row + bound, token = row % tokens;
    uint position = HAS_POSITIONS ? positions[row / batch_rows * tokens + token]
                                  : params.offset + token;
    VALUE c = VALUE(uintBitsToFloat(0x7fc00000u)), s = c;
    if (position < params.table_rows) {
      c = table[position * 2 * width + column];
      s = table[position * 2 * width + width + column];
    }
    if (INVERSE) s = -s;
    uint at = params.base + bound * 2 * width + column;
    VALUE a = x[at], b = x[at + width];
    y[at] = a * c - b * s;
    y[at + width] = b * c + a * s;
  }
}
