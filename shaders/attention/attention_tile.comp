// SPDX-License-Identifier: Apache-2.0
// out = softmax(scale q k^T) v of ROWS rows, and the logarithm of their sums of exponentials: the
// attention archetype, forward. Softmax goes along while keys are walked: the rows' maxima so far
// are known to all, sums to each invocation for its own columns, and results are rescaled whenever
// a maximum grows (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax").
#version 450
#extension GL_GOOGLE_include_directive : require
#include "attention/tile.glsl"

MATRIX(1, q)
MATRIX(2, k)
MATRIX(3, v)
ROWS_RESULT(4, result)
layout(binding = 5) writeonly buffer Lse { float lse[]; };

const float LOWEST = -3.4028235e38;

// The tile of rows is free between products: each row's ACROSS invocations meet there.
void offer(uint i, float value) { row_tile[row_in_tile(i) * ACROSS + thread_column] = value; }
float offered(uint i, uint across) { return row_tile[row_in_tile(i) * ACROSS + across]; }

float results[CHUNKS * CELLS];
float largest[THREAD_ROWS], totals[THREAD_ROWS];

// Turns the scores in `sums` into what the values are weighted with.
void weigh(uint first_row, uint key) {
  uint first_column = key + column_in_tile(0);
  uint seen_keys[THREAD_ROWS];
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
    uint row = first_row + row_in_tile(i);
    seen_keys[i] = row < rows ? seen(row) : 0;
    float most = LOWEST;
    [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j) {
      uint at = i * THREAD_COLUMNS + j;
      sums[at] *= scale;
      if (first_column + j < seen_keys[i]) most = max(most, sums[at]);
    }
    offer(i, most);
  }
  barrier();
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
    float most = largest[i];
    [[unroll]] for (uint across = 0; across < ACROSS; ++across)
      most = max(most, offered(i, across));
    float factor = math_exp(largest[i] - most);
    largest[i] = most;
    totals[i] *= factor;
    [[unroll]] for (uint chunk = 0; chunk < CHUNKS; ++chunk)
      [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j)
        results[chunk * CELLS + i * THREAD_COLUMNS + j] *= factor;
    vec4 keeps = kept(first_row + row_in_tile(i), first_column);
    [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j) {
      float weight = first_column + j < seen_keys[i]
                         ? math_exp(sums[i * THREAD_COLUMNS + j] - most) : 0.0;
      totals[i] += weight;
      put_score(i, j, weight * keeps[j]);
    }
  }
}

// Divides by the rows' sums; a row that saw nothing stays zero.
void finish(uint first, uint end) {
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) offer(i, totals[i]);
  barrier();
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
    float total = 0;
    [[unroll]] for (uint across = 0; across < ACROSS; ++across) total += offered(i, across);
    float factor = total == 0.0 ? 0.0 : 1.0 / total;
    [[unroll]] for (uint chunk = 0; chunk < CHUNKS; ++chunk)
      [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j)
        results[chunk * CELLS + i * THREAD_COLUMNS + j] *= factor;
    uint row = first + row_in_tile(i);
    if (thread_column == 0 && row < end)
      lse[row] = total == 0.0 ? 0.0 : largest[i] + math_log(total);
  }
}

void main() {
  uint pair = gl_WorkGroupID.y;
  set_pair(pair);
  uint first_row = gl_WorkGroupID.x * ROWS;
  uint seen_keys = seen_in(first_row, min(first_row + ROWS, rows));
  uint first = pair * rows + first_row, row_end = pair * rows + rows;
  uint pair_keys = pair * keys, key_end = pair_keys + keys;
  [[unroll]] for (uint i = 0; i < CHUNKS * CELLS; ++i) results[i] = 0;
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) largest[i] = LOWEST, totals[i] = 0;

  for (uint key = 0; key < seen_keys; key += COLUMNS) {
    SCORES(q, first, row_end, k, pair_keys + key, key_end)
    weigh(first_row, key);
    ADD_PRODUCT(results, v, pair_keys + key, key_end)
  }
  finish(first, row_end);
  STORE(result, results, first, row_end)
}
