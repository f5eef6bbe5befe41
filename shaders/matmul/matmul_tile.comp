// SPDX-License-Identifier: Apache-2.0
// D = activation(op(A) op(B) + bias), or one part of K of it, by shared-memory tiles: the form for
// GPUs, and for devices without subgroup operations. Arguments as in matmul_registers.comp.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(constant_id = 5) const bool A_TRANSPOSED = false;
layout(constant_id = 6) const bool B_TRANSPOSED = false;
const bool ROWS_ALONG_K = !A_TRANSPOSED;
const bool COLUMNS_ALONG_K = B_TRANSPOSED;
#include "common/product_tile.glsl"
#include "matmul/params.h"

layout(constant_id = 7) const bool A_PIECES = false;    // A's stored rows are multiples of PIECE
layout(constant_id = 8) const bool B_PIECES = false;
layout(constant_id = 9) const bool D_VECTORS = false;   // N % 4 == 0
layout(constant_id = 10) const bool GIVES_SUMS = false;  // with A_TRANSPOSED, without batches

TILE_OPERAND(0, a)
TILE_OPERAND(1, b)
OPERAND(2, extra)  // a bias or a mask
RESULT(3, d)
layout(binding = 4) writeonly buffer DepthSums { float depth_sums[]; };

#include "common/activation.glsl"
#include "common/store.glsl"

float row_operand(uint row, uint k) { return a_scalar(k * params.rows + row); }
#include "common/depth_sums.glsl"

uint a_batch, b_batch, k_end;
uvec2 first;  // row, column of the tile

// The piece at (k, line) of an operand, stored [lines, depth], or ALONG_LINES [depth, lines].
#define LOAD(name, ALONG_LINES, PIECES)                                                 \
  Piece load_##name(uvec2 at, uint lines, uint batch) {                                 \
    uint pitch = ALONG_LINES ? lines : params.depth;                                    \
    uint from = batch + (ALONG_LINES ? at.x * pitch + at.y : at.y * pitch + at.x);      \
    Piece piece = Piece(0);                                                             \
    if (at.x >= k_end || at.y >= lines) return piece;                                   \
    if (PIECES) return name##_piece(from);                                              \
    uint left = ALONG_LINES ? lines - at.y : k_end - at.x;                              \
    [[unroll]] for (uint e = 0; e < PIECE; ++e)                                         \
      if (e < left) set_element(piece, e, name##_element(from + e));                    \
    return piece;                                                                       \
  }
LOAD(a, A_TRANSPOSED, A_PIECES)
LOAD(b, !B_TRANSPOSED, B_PIECES)

void load_next(uint k) {
  [[unroll]] for (uint turn = 0; turn < ROW_TURNS; ++turn)
    next_rows[turn] = load_a(row_at(turn) + uvec2(k, first.x), params.rows, a_batch);
  [[unroll]] for (uint turn = 0; turn < COLUMN_TURNS; ++turn)
    next_columns[turn] = load_b(column_at(turn) + uvec2(k, first.y), params.columns, b_batch);
}

// Which tile a workgroup computes. Neighbouring workgroups, which run together, share eight panels
// of B: in the order of the grid they would read all rows of A for each panel.
uvec2 tile_of_group() {
  const uint STRIP = 8;
  uint across = gl_NumWorkGroups.y, down = gl_NumWorkGroups.x;
  uint group = gl_WorkGroupID.y * down + gl_WorkGroupID.x;
  uint strip = group / (STRIP * down), panel = strip * STRIP;
  uint wide = min(across - panel, STRIP), i = group - strip * STRIP * down;
  return uvec2(i / wide, panel + i % wide);
}

void main() {
  uint batch = gl_WorkGroupID.z / params.splits;
  uint split = gl_WorkGroupID.z - batch * params.splits;
  uint d_begin = batch * params.d_batch_stride + split * params.d_split_stride;
  uint rows = params.rows, columns = params.columns;
  uint k_begin = split * params.split_depth;
  a_batch = batch * params.a_batch_stride;
  b_batch = batch * params.b_batch_stride;
  k_end = min(k_begin + params.split_depth, params.depth);
  if (gives_depth_sums()) {
    uint target = split * params.d_split_stride + params.sums_offset;
    uint row = params.first_row + gl_WorkGroupID.x * ROWS;
    give_depth_sums(row, ROWS, rows, k_begin, k_end, target);
  }
  first = tile_of_group() * uvec2(ROWS, COLUMNS) + uvec2(params.first_row, 0);

  clear_sums();
  load_next(k_begin);
  for (uint k = k_begin; k < k_end; k += DEPTH) {
    put_next();
    load_next(k + DEPTH);  // after the last turn zeros, which cost no load
    multiply_tile();
  }
  [[unroll]] for (uint part = 0; part < PARTS; ++part) {
    begin_part(part);
    [[unroll]] for (uint i = 0; i < PART_QUADS; ++i) {
      uvec2 at = first + quad_at(part, i);
      uint to = d_begin + at.x * columns + at.y, from = quad_sums(part, i);
      [[unroll]] for (uint j = 0; j < 4; j += D_VECTORS ? 4 : 1)
        if (at.x < rows && at.y + j < columns) store(to + j, at.y + j, from + j);
    }
  }
}
