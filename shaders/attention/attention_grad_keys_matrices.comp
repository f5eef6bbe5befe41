// SPDX-License-Identifier: Apache-2.0
// What attention_grad_keys.comp computes, of 16-bit floats on cooperative matrices.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "attention/matrices.glsl"

MATRIX(1, q)
MATRIX(2, k)
MATRIX(3, v)
MATRIX(4, dout)
layout(binding = 5) readonly buffer RowValues { float row_values[]; };  // lse, then delta
RESULT(6, dk)
RESULT(7, dv)

MATRIX_A keys_held[STRIPS * STEPS], values_held[STRIPS * STEPS];
SUMS dks[STRIPS * PANELS], dvs[STRIPS * PANELS];

// Of the queries in the tile, which are columns here.
shared float lse[COLUMNS], delta[COLUMNS];
shared uint seen_keys[COLUMNS];

void load_row_values(uint pair_rows, uint first) {
  EACH_PIECE(i, COLUMNS, thread, LANES) {
    uint row = min(first + i, rows - 1);
    lse[i] = row_values[pair_rows + row];
    delta[i] = row_values[params.delta + pair_rows + row];
    seen_keys[i] = first + i < rows ? seen(row) : 0;
  }
}

void main() {
  uint pair = gl_WorkGroupID.y;
  set_pair(pair);
  uint first_key = gl_WorkGroupID.x * ROWS, key = first_key + subgroup_row + lane_row;
  uint first = pair * keys + first_key, key_end = pair * keys + keys;
  uint pair_rows = pair * rows, row_end = pair_rows + rows;
  CLEAR(dks)
  CLEAR(dvs)
  LOAD_OWN(keys_held, k, first, key_end)
  LOAD_OWN(values_held, v, first, key_end)

  for (uint row = 0; row < rows; row += COLUMNS) {
    if (seen_in(row, min(row + COLUMNS, rows)) <= first_key) continue;
    barrier();  // some may still multiply the tiles before
    q_tile(0, pair_rows + row, row_end);
    dout_tile(SECOND_TILE, pair_rows + row, row_end);
    load_row_values(pair_rows, row);
    barrier();
    vec4 p[QUADS], ds[QUADS];
    SCORES(keys_held, 0)
    [[unroll]] for (uint i = 0; i < QUADS; ++i) p[i] = scale * score_quad(i);
    SCORES(values_held, SECOND_TILE)
    [[unroll]] for (uint i = 0; i < QUADS; ++i) {
      vec4 dscores = score_quad(i);
      [[unroll]] for (uint e = 0; e < 4; ++e) {
        uint column = lane_column + 4 * i + e;
        bool sees = key < seen_keys[column];
        float keeps = kept(row + column, key).x;
        float weight = sees ? math_exp(p[i][e] - lse[column]) : 0.0;
        ds[i][e] = sees ? weight * (keeps * dscores[e] - delta[column]) : 0.0;
        p[i][e] = weight * keeps;
      }
    }
    subgroupBarrier();
    PUT_ROUNDED(p, 0)
    PUT_ROUNDED(ds, SECOND_HALF)
    subgroupBarrier();
    ADD_PRODUCT(dvs, 0, SECOND_TILE)
    ADD_PRODUCT(dks, SECOND_HALF, 0)
  }
  STORE(dk, dks, scale, first, key_end)
  STORE(dv, dvs, 1.0, first, key_end)
}
