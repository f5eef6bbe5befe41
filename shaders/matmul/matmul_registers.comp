// SPDX-License-Identifier: Apache-2.0
// D = activation(op(A) op(B) + bias), or one part of K of it, by register tiles (common/tile.glsl).
// A is [M, K], or [K, M] if A_TRANSPOSED; B is [K, N], or [N, K] if B_TRANSPOSED. Row blocks on x,
// panels on y: neighbouring groups then use one panel of B, which stays in the cache.
// Edges cost nothing in the loop: what lies outside repeats the last row or column, and a repeated
// row is stored over itself. Operands that pack.comp made have no edges.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/tile.glsl"
#include "matmul/params.h"

layout(constant_id = 7) const bool A_TRANSPOSED = false;
layout(constant_id = 8) const bool B_TRANSPOSED = false;
layout(constant_id = 9) const bool A_VECTORS = true;   // A's stored rows are multiples of 4 long
layout(constant_id = 10) const bool B_VECTORS = true;   // likewise; and TILE_COLUMNS % 4 == 0
layout(constant_id = 11) const bool D_VECTORS = true;  // N % 4 == 0 and TILE_COLUMNS % 4 == 0
layout(constant_id = 12) const bool K_TAIL = false;    // K % DEPTH != 0
layout(constant_id = 13) const bool A_PACKED = false;  // by pack.comp, and then not A_TRANSPOSED
layout(constant_id = 14) const bool B_PACKED = false;
layout(constant_id = 15) const bool GIVES_SUMS = false;  // with A_TRANSPOSED, without batches

OPERAND(0, a)
OPERAND(1, b)
OPERAND(2, extra)  // a bias or a mask
RESULT(3, d)
layout(binding = 4) writeonly buffer DepthSums { float depth_sums[]; };

#include "common/activation.glsl"

uint rows, columns, depth, packed_depth, k_end, a_batch, b_batch;
uint first_row;
float row_operand(uint row, uint k) {
  if (A_PACKED) {
    uint quad = row / TILE_ROWS * (packed_depth / 4) + k / 4;
    return a_vector(quad * TILE_ROWS + row % TILE_ROWS)[k % 4];
  }
  uint at = k * rows + row;
  return A_VECTORS ? a_vector(at / 4)[at % 4] : a_scalar(at);
}
vec4 row_operands(uint row, uint k) { return a_vector((k * rows + row) / 4); }
#define FOUR_ROWS (A_VECTORS && !A_PACKED)
#include "common/depth_sums.glsl"

uint row_base[ROW_VECTORS];       // where this lane's vectors of A begin; without k if transposed
uint row_k[ROW_VECTORS];          // which k's of a turn they hold
uint column_base[TILE_COLUMNS];   // where this lane's columns of B begin

bool in_depth(uint k) { return !K_TAIL || k < k_end; }
uint safe_k(uint k) { return K_TAIL ? min(k, k_end - 1) : k; }

// The row whose sums stand at `row` of the tile: edges repeat the last row, or the last four.
uint row_of(uint row) {
  if (A_TRANSPOSED && A_VECTORS) return min(first_row + row / 4 * 4, rows - 4) + row % 4;
  return min(first_row + row, rows - 1);
}

void find_operands(uint panel) {
  [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g) {
    if (A_TRANSPOSED) {
      uint i = g * LANES + lane;
      uint row = i % (TILE_ROWS / 4) * 4;
      row_base[g] = A_VECTORS ? a_batch + row_of(row) : row;
      row_k[g] = i / (TILE_ROWS / 4);
    } else {
      row_k[g] = g % QUADS * 4;
      uint row = g / QUADS * LANES + lane;
      row_base[g] = A_PACKED ? a_batch / 4 + first_row * (packed_depth / 4) + row
                             : a_batch + row_of(row) * depth;
    }
  }
  [[unroll]] for (uint j = 0; j < TILE_COLUMNS; ++j) {
    uint column = min(column_of(panel, j), columns - 1);
    column_base[j] = b_batch + (B_TRANSPOSED ? column * depth
                                : B_PACKED   ? panel * packed_depth + column_of(0, j)
                                             : column);
  }
}

// Four k's of one row of A, or of one column of B transposed. Where vectors are whole, so is a
// tail.
#define LOAD_ALONG_K(name, vectors)                                                   \
  vec4 load_along_k_##name(uint base, uint k) {                                       \
    if (vectors) return in_depth(k) ? name##_vector((base + safe_k(k)) / 4) : vec4(0); \
    vec4 v;                                                                           \
    [[unroll]] for (uint e = 0; e < 4; ++e) {                                         \
      float value = name##_scalar(base + safe_k(k + e));                              \
      v[e] = in_depth(k + e) ? value : 0.0;                                           \
    }                                                                                 \
    return v;                                                                         \
  }
LOAD_ALONG_K(a, A_VECTORS)
LOAD_ALONG_K(b, B_VECTORS)

// Four k's of one row, or, transposed, four rows of one k.
vec4 load_row_vector(uint g, uint k) {
  uint this_k = k + row_k[g];
  if (A_PACKED) return a_vector(row_base[g] + this_k / 4 * TILE_ROWS);
  if (!A_TRANSPOSED) return load_along_k_a(row_base[g], this_k);
  uint at = safe_k(this_k) * rows;
  vec4 v;
  if (A_VECTORS) {
    v = a_vector((at + row_base[g]) / 4);
  } else {
    [[unroll]] for (uint e = 0; e < 4; ++e) v[e] = a_scalar(a_batch + at + row_of(row_base[g] + e));
  }
  return in_depth(this_k) ? v : vec4(0);
}

void load_columns(uint k) {
  if (B_TRANSPOSED) {
    [[unroll]] for (uint j = 0; j < TILE_COLUMNS; ++j) {
      [[unroll]] for (uint q = 0; q < DEPTH; q += 4) {
        vec4 v = load_along_k_b(column_base[j], k + q);
        [[unroll]] for (uint e = 0; e < 4; ++e) column_values[(q + e) * TILE_COLUMNS + j] = v[e];
      }
    }
    return;
  }
  [[unroll]] for (uint q = 0; q < DEPTH; ++q) {
    uint row = B_PACKED ? (k + q) * PANEL : safe_k(k + q) * columns;
    [[unroll]] for (uint j = 0; j < TILE_COLUMNS; j += B_VECTORS ? 4 : 1) {
      uint i = q * TILE_COLUMNS + j;
      if (B_VECTORS) {
        vec4 v = b_vector((row + column_base[j]) / 4);
        if (!B_PACKED && !in_depth(k + q)) v = vec4(0);
        [[unroll]] for (uint e = 0; e < 4; ++e) column_values[i + e] = v[e];
      } else {
        float v = b_scalar(row + column_base[j]);
        column_values[i] = in_depth(k + q) ? v : 0.0;
      }
    }
  }
}

// One branch a column, not one an element: branches are what makes this kernel slow to compile.
void store(uint panel, uint d_begin) {
  [[unroll]] for (uint j = 0; j < TILE_COLUMNS; j += D_VECTORS ? 4 : 1) {
    uint column = column_of(panel, j);
    if (column < columns) {
      vec4 add = vec4(0);
      if (HAS_BIAS) {
        [[unroll]] for (uint e = 0; e < (D_VECTORS ? 4 : 1); ++e) add[e] = extra_scalar(column + e);
      }
      [[unroll]] for (uint row = 0; row < TILE_ROWS; ++row) {
        uint at = d_begin + row_of(row) * columns + column;
        uint i = row * TILE_COLUMNS + j;
        if (D_VECTORS) {
          vec4 v = vec4(sums[i], sums[i + 1], sums[i + 2], sums[i + 3]) + add;
          d_put(at / 4, activate(v, at));
        } else {
          d_put(at, activate(sums[i] + add.x, at));
        }
      }
    }
  }
}

void main() {
  rows = params.rows;
  columns = params.columns;
  depth = params.depth;
  packed_depth = params.packed_depth;
  uint batch = gl_WorkGroupID.z / params.splits;
  uint split = gl_WorkGroupID.z % params.splits;
  a_batch = batch * params.a_batch_stride;
  b_batch = batch * params.b_batch_stride;
  first_row = params.first_row + gl_WorkGroupID.x * TILE_ROWS;
  uint k_begin = split * params.split_depth;
  k_end = min(k_begin + params.split_depth, depth);
  uint panel = gl_WorkGroupID.y * PANEL;
  uint d_begin = batch * params.d_batch_stride + split * params.d_split_stride;

  if (gives_depth_sums()) {
    uint target = split * params.d_split_stride + params.sums_offset;
    give_depth_sums(first_row, TILE_ROWS, rows, k_begin, k_end, target);
  }
  find_operands(panel);
  clear_sums();
  for (uint k = k_begin; k < k_end; k += DEPTH) {
    [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g) row_values[g] = load_row_vector(g, k);
    load_columns(k);
    multiply_tile(A_TRANSPOSED);
  }
  store(panel, d_begin);
}
