// SPDX-License-Identifier: Apache-2.0
// Attention by shared-memory tiles: a workgroup owns ROWS rows of one pair and walks along the
// COLUMNS others at a time, so that no score ever reaches memory. Scores are products over the
// depth (SCORES); they go through shared memory, transposed, into a second product that sums over
// the columns (ADD_PRODUCT) and is kept in registers for all of the depth, in chunks of COLUMNS.
// 15 KiB of shared memory at 128 invocations of 4 x 4 results, 26 at 256.
#include "common/shared_tile.glsl"
#include "common/operand.glsl"
#include "common/math.glsl"
#include "attention/mask.glsl"

layout(constant_id = 9) const uint CHUNKS = 1;  // COLUMNS * CHUNKS >= depth

const uint CELLS = THREAD_ROWS * THREAD_COLUMNS;  // THREAD_COLUMNS is 4: one vec4 of a result
const uint UNROLLED = 4;
const uint QUADS = DEPTH / 4;
const uint COLUMN_QUADS = COLUMNS / 4;
shared float score_tile[COLUMNS * ROW_PITCH];  // [column][row]

void put_score(uint i, uint j, float value) {
  score_tile[column_in_tile(j) * ROW_PITCH + row_in_tile(i)] = value;
}

// The `count` vectors of a tile, each by one invocation.
#define EACH_VECTOR(i, count)                                                     \
  [[unroll]] for (uint turn = 0, i = thread; turn < (count + LANES - 1) / LANES; \
                  ++turn, i += LANES)                                             \
    if (count % LANES == 0 || i < count)

// An operand [rows, depth]. NAME_rows and NAME_columns bring DEPTH floats from d on of rows from
// `first` on into the tile of that name; NAME_across DEPTH rows, each COLUMNS floats from d on.
// Rows from `end` on count as zeros.
#define MATRIX(slot, name)                                                                  \
  OPERAND(slot, name)                                                                       \
  vec4 name##_four(uint row, uint end, uint d) {                                            \
    vec4 v = vec4(0);                                                                       \
    if (row < end && d < depth) {                                                           \
      uint at = row * depth + d;                                                            \
      if (VECTORS) {                                                                        \
        v = name##_vector(at / 4);                                                          \
      } else {                                                                              \
        [[unroll]] for (uint e = 0; e < 4; ++e) if (d + e < depth) v[e] = name##_scalar(at + e); \
      }                                                                                     \
    }                                                                                       \
    return v;                                                                               \
  }                                                                                         \
  void name##_rows(uint first, uint end, uint d) {                                          \
    EACH_VECTOR(i, ROWS * QUADS) {                        \
      uint quad = 4 * (i % QUADS), row = i / QUADS;                                         \
      vec4 v = name##_four(first + row, end, d + quad);                                     \
      [[unroll]] for (uint e = 0; e < 4; ++e) put_row(uvec2(quad + e, row), v[e]);          \
    }                                                                                       \
  }                                                                                         \
  void name##_columns(uint first, uint end, uint d) {                                       \
    EACH_VECTOR(i, COLUMNS * QUADS) {                     \
      uint quad = 4 * (i % QUADS), column = i / QUADS;                                      \
      vec4 v = name##_four(first + column, end, d + quad);                                  \
      [[unroll]] for (uint e = 0; e < 4; ++e) put_column(uvec2(quad + e, column), v[e]);    \
    }                                                                                       \
  }                                                                                         \
  void name##_across(uint first, uint end, uint d) {                                        \
    EACH_VECTOR(i, DEPTH * COLUMN_QUADS) {                \
      uint quad = 4 * (i % COLUMN_QUADS), row = i / COLUMN_QUADS;                           \
      vec4 v = name##_four(first + row, end, d + quad);                                     \
      [[unroll]] for (uint e = 0; e < 4; ++e) put_column(uvec2(row, quad + e), v[e]);       \
    }                                                                                       \
  }

// results += the rows of a tile [k][row], from its k `first_k` on, times the tile of columns. Not
// shared_tile's multiply_tile: with several products in a kernel, unrolling all would take drivers
// seconds to compile.
#define MULTIPLY(results, first_result, tile, first_k)                                        \
  [[dont_unroll]] for (uint n = 0; n < DEPTH; n += UNROLLED) {                                \
    [[unroll]] for (uint e = 0; e < UNROLLED; ++e) {                                          \
      float columns[THREAD_COLUMNS];                                                          \
      [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j)                                    \
        columns[j] = column_tile[(n + e) * COLUMN_PITCH + column_in_tile(j)];                 \
      [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {                                     \
        float row = tile[(first_k + n + e) * ROW_PITCH + row_in_tile(i)];                     \
        [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j) {                                \
          uint at = first_result + i * THREAD_COLUMNS + j;                                    \
          results[at] = fma(row, columns[j], results[at]);                                    \
        }                                                                                     \
      }                                                                                       \
    }                                                                                         \
  }

// sums = a's rows from a_first on times b's from b_first on, along the depth.
#define SCORES(a, a_first, a_end, b, b_first, b_end) \
  clear_sums();                                      \
  for (uint d = 0; d < depth; d += DEPTH) {          \
    a##_rows(a_first, a_end, d);                     \
    b##_columns(b_first, b_end, d);                  \
    barrier();                                       \
    MULTIPLY(sums, 0, row_tile, 0)                   \
    barrier();                                       \
  }

// results += score_tile times b's rows from b_first on.
#define ADD_PRODUCT(results, b, b_first, b_end)                \
  for (uint k = 0; k < COLUMNS; k += DEPTH) {                  \
    [[unroll]] for (uint chunk = 0; chunk < CHUNKS; ++chunk) { \
      b##_across(b_first + k, b_end, chunk * COLUMNS);         \
      barrier();                                               \
      MULTIPLY(results, chunk * CELLS, score_tile, k)          \
      barrier();                                               \
    }                                                          \
  }

// A result [rows, depth]; NAME_store writes row `row` from what an invocation's i-th row holds.
#define ROWS_RESULT(slot, name)                                                          \
  RESULT(slot, name)                                                                     \
  void name##_four(uint row, uint d, vec4 v) {                                           \
    uint at = row * depth + d;                                                           \
    if (VECTORS) {                                                                       \
      if (d < depth) name##_put(at / 4, v);                                              \
    } else {                                                                             \
      [[unroll]] for (uint e = 0; e < 4; ++e) if (d + e < depth) name##_put(at + e, v[e]); \
    }                                                                                    \
  }

// Writes what lies before row `end`.
#define STORE(name, results, first, end)                                          \
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {                             \
    uint row = first + row_in_tile(i);                                            \
    if (row < end) {                                                              \
      [[unroll]] for (uint chunk = 0; chunk < CHUNKS; ++chunk) {                  \
        uint at = chunk * CELLS + i * THREAD_COLUMNS;                             \
        name##_four(row, chunk * COLUMNS + column_in_tile(0),                     \
                    vec4(results[at], results[at + 1], results[at + 2], results[at + 3])); \
      }                                                                           \
    }                                                                             \
  }
