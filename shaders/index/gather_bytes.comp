// SPDX-License-Identifier: Apache-2.0
// gather.comp for rows whose bytes are no multiple of 4: each invocation owns one word of the
// result and collects its bytes, which may belong to two rows or more. Bytes of missing rows are 0.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "index/gather_params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const bool CLOCKED = false;

layout(binding = 0) readonly buffer Table { uint table[]; };
layout(binding = 1) readonly buffer Indices { uint indices[]; };
layout(binding = 2) readonly buffer Clock { uint clock[]; };
layout(binding = 3) writeonly buffer Result { uint result[]; };

void main() {
  uint turns = params.turns, width = params.width;
  uint bytes = params.rows * width;
  uint start = CLOCKED ? clock[2] * params.batch : 0;
  uint word = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;
  for (uint turn = 0; turn < turns; ++turn, word += LANES) {
    if (4 * word >= bytes) break;
    uint collected = 0;
    for (uint b = 0; b < 4; ++b) {
      uint at = 4 * word + b;
      uint i = start + at / width;
      uint row = at < bytes && i < params.order ? indices[i] : 0xffffffffu;
      if (row < params.table_rows) {
        uint from = row * width + at % width;
        collected |= (table[from / 4] >> (8 * (from % 4)) & 0xffu) << (8 * b);
      }
    }
    result[word] = collected;
  }
}
