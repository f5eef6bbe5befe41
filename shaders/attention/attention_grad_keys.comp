// SPDX-License-Identifier: Apache-2.0
// dk = scale ds^T q and dv = dropout(p)^T dout of ROWS keys: the attention archetype, backward, for
// keys and values. The tile's rows are keys and its columns queries, of all heads that share the
// keys; p and ds as in attention_grad_queries.comp.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "attention/tile.glsl"

MATRIX(1, q)
MATRIX(2, k)
MATRIX(3, v)
MATRIX(4, dout)
layout(binding = 5) readonly buffer RowValues { float row_values[]; };  // lse, then delta
ROWS_RESULT(6, dk)
ROWS_RESULT(7, dv)

float dks[CHUNKS * CELLS], dvs[CHUNKS * CELLS];

void main() {
  uint pair = gl_WorkGroupID.y, delta_begin = params.delta;
  set_pair(pair);
  uint first_key = gl_WorkGroupID.x * ROWS, tile_key = first_key + row_in_tile(0);
  uint first = pair * keys + first_key, key_end = pair * keys + keys;
  uint pair_rows = pair * rows, row_end = pair_rows + rows;
  [[unroll]] for (uint i = 0; i < CHUNKS * CELLS; ++i) dks[i] = dvs[i] = 0;

  for (uint row = 0; row < rows; row += COLUMNS) {
    if (seen_in(row, min(row + COLUMNS, rows)) <= first_key) continue;
    SCORES(k, first, key_end, q, pair_rows + row, row_end)
    float p[CELLS], ds[CELLS];
    [[unroll]] for (uint i = 0; i < CELLS; ++i) p[i] = sums[i];
    SCORES(v, first, key_end, dout, pair_rows + row, row_end)
    [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j) {
      uint this_row = min(row + column_in_tile(j), rows - 1);
      uint seen_keys = row + column_in_tile(j) < rows ? seen(this_row) : 0;
      float lse = row_values[pair_rows + this_row];
      float delta = row_values[delta_begin + pair_rows + this_row];
      vec4 keeps = kept(this_row, tile_key);
      [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
        uint at = i * THREAD_COLUMNS + j;
        bool sees = tile_key + i < seen_keys;
        float weight = sees ? math_exp(scale * p[at] - lse) : 0.0;
        ds[at] = sees ? scale * weight * (keeps[i] * sums[at] - delta) : 0.0;
        put_score(i, j, weight * keeps[i]);
      }
    }
    ADD_PRODUCT(dvs, dout, pair_rows + row, row_end)
    [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i)
      [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j)
        put_score(i, j, ds[i * THREAD_COLUMNS + j]);
    ADD_PRODUCT(dks, q, pair_rows + row, row_end)
  }
  STORE(dk, dks, first, key_end)
  STORE(dv, dvs, first, key_end)
}
