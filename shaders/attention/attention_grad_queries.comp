// SPDX-License-Identifier: Apache-2.0
// dq = scale ds k of ROWS rows, ds = p * (dropout(dout v^T) - delta): the attention archetype,
// backward, for the queries. Probabilities p = exp(scale q k^T - lse) are computed again.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "attention/tile.glsl"

MATRIX(1, q)
MATRIX(2, k)
MATRIX(3, v)
MATRIX(4, dout)
layout(binding = 5) readonly buffer RowValues { float row_values[]; };  // lse, then delta
ROWS_RESULT(6, dq)

float results[CHUNKS * CELLS];

void main() {
  uint pair = gl_WorkGroupID.y, delta_begin = params.delta;
  set_pair(pair);
  uint first_row = gl_WorkGroupID.x * ROWS;
  uint seen_keys = seen_in(first_row, min(first_row + ROWS, rows));
  uint first = pair * rows + first_row, row_end = pair * rows + rows;
  uint pair_keys = pair * keys, key_end = pair_keys + keys;
  [[unroll]] for (uint i = 0; i < CHUNKS * CELLS; ++i) results[i] = 0;

  uint seen_by_row[THREAD_ROWS];
  float lse[THREAD_ROWS], delta[THREAD_ROWS];
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
    uint row = first_row + row_in_tile(i), at = min(first + row_in_tile(i), row_end - 1);
    seen_by_row[i] = row < rows ? seen(row) : 0;
    lse[i] = row_values[at];
    delta[i] = row_values[delta_begin + at];
  }
  for (uint key = 0; key < seen_keys; key += COLUMNS) {
    SCORES(q, first, row_end, k, pair_keys + key, key_end)
    float p[CELLS];
    [[unroll]] for (uint i = 0; i < CELLS; ++i) p[i] = sums[i];
    SCORES(dout, first, row_end, v, pair_keys + key, key_end)
    uint first_column = key + column_in_tile(0);
    [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
      vec4 keeps = kept(first_row + row_in_tile(i), first_column);
      [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j) {
        uint at = i * THREAD_COLUMNS + j;
        float ds = 0;
        if (first_column + j < seen_by_row[i])
          ds = math_exp(scale * p[at] - lse[i]) * (keeps[j] * sums[at] - delta[i]);
        put_score(i, j, scale * ds);
      }
    }
    ADD_PRODUCT(results, k, pair_keys + key, key_end)
  }
  STORE(dq, results, first, row_end)
}
