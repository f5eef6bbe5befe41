// SPDX-License-Identifier: Apache-2.0
// D = activation(op(A) op(B) + bias), or one part of K of it, by shared-memory tiles: the form for
// GPUs, and for devices without subgroup operations. Arguments as in matmul_registers.comp.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/shared_tile.glsl"
#include "matmul/params.h"

layout(constant_id = 5) const bool A_TRANSPOSED = false;
layout(constant_id = 6) const bool B_TRANSPOSED = false;
layout(constant_id = 7) const bool D_VECTORS = false;   // N % 4 == 0
layout(constant_id = 8) const bool GIVES_SUMS = false;  // with A_TRANSPOSED, without batches

OPERAND(0, a)
OPERAND(1, b)
OPERAND(2, extra)  // a bias or a mask
RESULT(3, d)
layout(binding = 4) writeonly buffer DepthSums { float depth_sums[]; };

#include "common/activation.glsl"

float row_operand(uint row, uint k) { return a_scalar(k * params.rows + row); }
#include "common/depth_sums.glsl"

#include "common/store.glsl"

void main() {
  uint rows = params.rows, columns = params.columns, depth = params.depth;
  uint batch = gl_WorkGroupID.z / params.splits;
  uint split = gl_WorkGroupID.z - batch * params.splits;
  uint a_batch = batch * params.a_batch_stride;
  uint b_batch = batch * params.b_batch_stride;
  uint d_begin = batch * params.d_batch_stride + split * params.d_split_stride;
  uint first_row = params.first_row + gl_WorkGroupID.x * ROWS;
  uint first_column = gl_WorkGroupID.y * COLUMNS;
  uint k_begin = split * params.split_depth;
  uint k_end = min(k_begin + params.split_depth, depth);
  if (is_for_sums()) {
    uint target = split * params.d_split_stride + params.sums_offset;
    give_depth_sums(first_row, ROWS, rows, k_begin, k_end, target);
    return;
  }

  clear_sums();
  for (uint k = k_begin; k < k_end; k += DEPTH) {
    [[unroll]] for (uint turn = 0; turn < ROW_LOADS; ++turn) {
      uvec2 at = slot(turn, ROWS, !A_TRANSPOSED);
      uint this_k = k + at.x, row = first_row + at.y;
      bool inside = this_k < k_end && row < rows;
      uint from = a_batch + (A_TRANSPOSED ? this_k * rows + row : row * depth + this_k);
      put_row(at, inside ? a_scalar(from) : 0);
    }
    [[unroll]] for (uint turn = 0; turn < COLUMN_LOADS; ++turn) {
      uvec2 at = slot(turn, COLUMNS, B_TRANSPOSED);
      uint this_k = k + at.x, column = first_column + at.y;
      bool inside = this_k < k_end && column < columns;
      uint from = b_batch + (B_TRANSPOSED ? column * depth + this_k : this_k * columns + column);
      put_column(at, inside ? b_scalar(from) : 0);
    }
    barrier();
    multiply_tile();
    barrier();
  }
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
    uint row = first_row + row_in_tile(i);
    [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; j += D_VECTORS ? 4 : 1) {
      uint column = first_column + column_in_tile(j);
      if (row < rows && column < columns)
        store(d_begin + row * columns + column, column, i * THREAD_COLUMNS + j);
    }
  }
}
