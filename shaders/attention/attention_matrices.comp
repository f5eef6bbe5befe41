// SPDX-License-Identifier: Apache-2.0
// What attention_tile.comp computes, of 16-bit floats on cooperative matrices. A lane knows its
// row's maximum and the sum over the columns it works on; results, which only the driver can tell
// apart, are rescaled by matrices in which each row has its factor everywhere.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "attention/matrices.glsl"

MATRIX(1, q)
MATRIX(2, k)
MATRIX(3, v)
RESULT(4, result)
layout(binding = 5) writeonly buffer Lse { float lse[]; };

const float LOWEST = -3.4028235e38;
shared float offered[LANES];

MATRIX_A queries_held[STRIPS * STEPS];
SUMS results[STRIPS * PANELS];
float largest = LOWEST, total = 0;

// The values of the lanes that share this one's row. A subgroup's barrier lies before and after.
void offer(float value) {
  subgroupBarrier();
  offered[gl_SubgroupID * SUBGROUP + lane] = value;
  subgroupBarrier();
}
float offer_of(uint part) {
  return offered[gl_SubgroupID * SUBGROUP + lane_row + part * SUBGROUP_ROWS];
}

// Multiplies each row of the results with its lanes' factor.
void rescale(float factor) {
  for (uint i = lane_part; i < N / 4; i += SHARING)
    shared_pieces[lane_scores + SECOND_HALF + i] = floatBitsToUint(vec4(factor));
  subgroupBarrier();
  [[unroll]] for (uint i = 0; i < STRIPS; ++i) {
    SUMS factors;
    coopMatLoad(factors, shared_pieces, scores + i * M * SCORE_PITCH + SECOND_HALF, SCORE_PITCH,
                gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint panel = 0; panel < PANELS; ++panel) results[i * PANELS + panel] *= factors;
  }
}

// Turns scores into what the values are weighted with, of the keys from `key` on.
void weigh(uint row, uint seen_keys, uint key) {
  vec4 weights[QUADS];
  vec4 most = vec4(LOWEST);
  uint first_key = key + lane_column;
  [[unroll]] for (uint i = 0; i < QUADS; ++i) {
    weights[i] = mix(vec4(LOWEST), scale * score_quad(i), before(first_key + 4 * i, seen_keys));
    most = max(most, weights[i]);
  }
  float now = max(largest, max(max(most.x, most.y), max(most.z, most.w)));
  offer(now);  // and so all have read their scores
  [[unroll]] for (uint part = 0; part < SHARING; ++part) now = max(now, offer_of(part));
  float factor = math_exp(largest - now);
  largest = now;
  vec4 sum = vec4(0);
  [[unroll]] for (uint i = 0; i < QUADS; ++i) {
    uint at = first_key + 4 * i;
    vec4 weight = mix(vec4(0), math_exp(weights[i] - now), before(at, seen_keys));
    sum += weight;
    weights[i] = weight * kept(row, at);
  }
  total = total * factor + ((sum.x + sum.y) + (sum.z + sum.w));
  PUT_ROUNDED(weights, 0)
  rescale(factor);
}

void main() {
  uint pair = gl_WorkGroupID.y;
  set_pair(pair);
  uint first_row = gl_WorkGroupID.x * ROWS, row = first_row + subgroup_row + lane_row;
  uint seen_keys = seen_in(first_row, min(first_row + ROWS, rows));
  uint seen_by_row = row < rows ? seen(row) : 0;
  uint first = pair * rows + first_row, row_end = pair * rows + rows;
  uint pair_keys = pair * keys, key_end = pair_keys + keys;
  CLEAR(results)
  LOAD_OWN(queries_held, q, first, row_end)

  for (uint key = 0; key < seen_keys; key += COLUMNS) {
    barrier();  // some may still multiply the tiles before
    k_tile(0, pair_keys + key, key_end);
    v_tile(SECOND_TILE, pair_keys + key, key_end);
    barrier();
    SCORES(queries_held, 0)
    weigh(row, seen_by_row, key);
    ADD_PRODUCT(results, 0, SECOND_TILE)
  }
  offer(total);
  total = 0;
  [[unroll]] for (uint part = 0; part < SHARING; ++part) total += offer_of(part);
  rescale(total == 0.0 ? 0.0 : 1.0 / total);  // a row that saw nothing stays zero
  STORE(result, results, 1.0, first, row_end)
  if (lane_part == 0 && row < rows)
    lse[pair * rows + row] = total == 0.0 ? 0.0 : largest + math_log(total);
}
