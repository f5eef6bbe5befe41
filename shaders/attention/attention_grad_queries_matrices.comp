// SPDX-License-Identifier: Apache-2.0
// What attention_grad_queries.comp computes, of 16-bit floats on cooperative matrices.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "attention/matrices.glsl"

MATRIX(1, q)
MATRIX(2, k)
MATRIX(3, v)
MATRIX(4, dout)
layout(binding = 5) readonly buffer RowValues { float row_values[]; };  // lse, then delta
RESULT(6, dq)

MATRIX_A queries_held[STRIPS * STEPS], douts_held[STRIPS * STEPS];
SUMS results[STRIPS * PANELS];

void main() {
  uint pair = gl_WorkGroupID.y;
  set_pair(pair);
  uint first_row = gl_WorkGroupID.x * ROWS, row = first_row + subgroup_row + lane_row;
  uint seen_keys = seen_in(first_row, min(first_row + ROWS, rows));
  uint seen_by_row = row < rows ? seen(row) : 0;
  uint first = pair * rows + first_row, row_end = pair * rows + rows;
  uint pair_keys = pair * keys, key_end = pair_keys + keys;
  uint at = pair * rows + min(row, rows - 1);
  float lse = row_values[at], delta = row_values[params.delta + at];
  CLEAR(results)
  LOAD_OWN(queries_held, q, first, row_end)
  LOAD_OWN(douts_held, dout, first, row_end)

  for (uint key = 0; key < seen_keys; key += COLUMNS) {
    barrier();  // some may still multiply the tiles before
    k_tile(0, pair_keys + key, key_end);
    v_tile(SECOND_TILE, pair_keys + key, key_end);
    barrier();
    vec4 ds[QUADS];  // first the probabilities
    uint first_key = key + lane_column;
    SCORES(queries_held, 0)
    [[unroll]] for (uint i = 0; i < QUADS; ++i) ds[i] = math_exp(scale * score_quad(i) - lse);
    SCORES(douts_held, SECOND_TILE)
    [[unroll]] for (uint i = 0; i < QUADS; ++i) {
      uint at = first_key + 4 * i;
      vec4 all_seen = ds[i] * (kept(row, at) * score_quad(i) - delta);
      ds[i] = mix(vec4(0), all_seen, before(at, seen_by_row));
    }
    subgroupBarrier();
    PUT_ROUNDED(ds, 0)
    subgroupBarrier();
    ADD_PRODUCT(results, 0, 0)
  }
  STORE(dq, results, scale, first, row_end)
}
