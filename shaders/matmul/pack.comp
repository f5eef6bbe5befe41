// SPDX-License-Identifier: Apache-2.0
// An operand in the order in which matmul_registers.comp reads it, so that a tile's part of it is
// one piece of memory and begins and ends with whole vectors: rows whose length is a large power of
// two otherwise take one another's place in the caches, and others are read by scalars. Lines (rows
// of A, columns of B) beyond the last repeat it; what is beyond the depth is zero.
//   A: [row block][k / 4][row of the block] of vec4, four k's each   (LINES_INSIDE false)
//   B: [panel][k][column of the panel]                               (LINES_INSIDE)
// Not strided_copy.comp, which does not pad, nor recurrent/pack.comp, whose edges are boxes.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/operand.glsl"
#include "matmul/pack_params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 8;
layout(constant_id = 1) const uint WIDTH = 16;  // vectors side by side: of a block or a panel
layout(constant_id = 2) const bool LINES_INSIDE = false;  // a vector has four lines, not four k's
layout(constant_id = 3) const bool VECTORS = true;  // they lie side by side, and all four are there

OPERAND(0, x)
layout(binding = 1) writeonly buffer Packed { vec4 packed_vectors[]; };

uint lines, depth, line_stride, k_stride;

vec4 four(uint batch, uint line, uint k) {
  uint at = batch + min(line, lines - 1) * line_stride;
  if (VECTORS) {
    bool inside = k < depth;
    vec4 v = x_vector((at + (inside ? k : 0) * k_stride) / 4);
    return inside ? v : vec4(0);
  }
  vec4 v;
  [[unroll]] for (uint e = 0; e < 4; ++e) {
    uint this_line = LINES_INSIDE ? min(line + e, lines - 1) : min(line, lines - 1);
    uint this_k = LINES_INSIDE ? k : k + e;
    bool inside = this_k < depth;
    float value = x_scalar(batch + this_line * line_stride + (inside ? this_k : 0) * k_stride);
    v[e] = inside ? value : 0;
  }
  return v;
}

void main() {
  lines = params.lines;
  depth = params.depth;
  line_stride = params.line_stride;
  k_stride = params.k_stride;
  uint batch = gl_WorkGroupID.z * params.batch_stride;
  uint steps = params.steps, blocks = params.blocks;
  uint first = gl_WorkGroupID.y * params.turns, end = min(first + params.turns, steps);
  uint line_step = LINES_INSIDE ? 4 : 1, k_step = LINES_INSIDE ? 1 : 4;
  // One block, or all: where a k's lines lie side by side, memory is read faster along them.
  uint own = blocks / gl_NumWorkGroups.x, first_block = gl_WorkGroupID.x * own;
  for (uint i = first; i < end; ++i)
    for (uint block = first_block; block < first_block + own; ++block)
      for (uint u = gl_LocalInvocationID.x; u < WIDTH; u += LANES)
        packed_vectors[((gl_WorkGroupID.z * blocks + block) * steps + i) * WIDTH + u] =
            four(batch, (block * WIDTH + u) * line_step, i * k_step);
}
