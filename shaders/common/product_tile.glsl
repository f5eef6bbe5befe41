// SPDX-License-Identifier: Apache-2.0
// The tile of shared memory with which GPUs compute matrix products and convolutions. Products of
// f32 are multiplied by each invocation (common/shared_tile.glsl), those of 16-bit floats, with F16
// or BF16, by cooperative matrices (common/matrix_tile.glsl). Either way a kernel says before where
// neighbours in memory lie, ROWS_ALONG_K and COLUMNS_ALONG_K, and then sees
//   Piece                          PIECE neighbours in memory, loaded together
//   TILE_OPERAND(slot, NAME)       what is multiplied; NAME_piece(index) with index % PIECE == 0,
//                                  else NAME_element(index) for set_element(piece, e, element)
//   row_at(turn), column_at(turn)  (k, row or column) in the tile where the pieces begin that this
//                                  invocation loads into next_rows[turn] and next_columns[turn]
//   put_next(), multiply_tile()    the tile's sums += rows x columns
//   PARTS, PART_QUADS              how results come out: after begin_part(part) there are
//                                  quad_at(part, i), (row, column) of four neighbours in a row, and
//                                  quad_sums(part, i), where in sums[] they are
#if defined(F16) || defined(BF16)
#include "common/matrix_tile.glsl"
#else
#include "common/shared_tile.glsl"

#define Piece vec4
#define Element float
const uint PIECE = 4;

#define TILE_OPERAND(slot, name)                                     \
  OPERAND(slot, name)                                                \
  vec4 name##_piece(uint index) { return name##_vector(index / 4); } \
  float name##_element(uint index) { return name##_scalar(index); }
void set_element(inout vec4 piece, uint e, float value) { piece[e] = value; }

// No constant vector is chosen by a constant: Mesa 22 and 26 choose wrongly.
void put_row_piece(uvec2 at, vec4 piece) {
  [[unroll]] for (uint e = 0; e < 4; ++e)
    put_row(ROWS_ALONG_K ? uvec2(at.x + e, at.y) : uvec2(at.x, at.y + e), piece[e]);
}
void put_column_piece(uvec2 at, vec4 piece) {
  [[unroll]] for (uint e = 0; e < 4; ++e)
    put_column(COLUMNS_ALONG_K ? uvec2(at.x + e, at.y) : uvec2(at.x, at.y + e), piece[e]);
}

void multiply_tile() {
  [[unroll]] for (uint k = 0; k < DEPTH; ++k) {
    float columns[THREAD_COLUMNS];
    [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j)
      columns[j] = column_tile[k * COLUMN_PITCH + column_in_tile(j)];
    [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
      float row = row_tile[k * ROW_PITCH + row_in_tile(i)];
      [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j)
        sums[i * THREAD_COLUMNS + j] = fma(row, columns[j], sums[i * THREAD_COLUMNS + j]);
    }
  }
}

const uint PARTS = 1;
const uint PART_QUADS = THREAD_ROWS * THREAD_COLUMNS / 4;
void begin_part(uint part) {}
uint quad_sums(uint part, uint i) { return 4 * i; }
uvec2 quad_at(uint part, uint i) {
  return uvec2(row_in_tile(4 * i / THREAD_COLUMNS), column_in_tile(4 * i % THREAD_COLUMNS));
}
#endif

const uint ROW_TURNS = ROWS * DEPTH / PIECE / LANES;  // both whole
const uint COLUMN_TURNS = COLUMNS * DEPTH / PIECE / LANES;
Piece next_rows[ROW_TURNS];  // loaded while the tile of this turn is multiplied
Piece next_columns[COLUMN_TURNS];

uvec2 piece_at(uint turn, uint lines, bool along_k) {
  uint i = turn * LANES + thread;
  uint across = (along_k ? DEPTH : lines) / PIECE;
  uvec2 at = uvec2(i % across * PIECE, i / across);
  return along_k ? at : at.yx;
}
uvec2 row_at(uint turn) { return piece_at(turn, ROWS, ROWS_ALONG_K); }
uvec2 column_at(uint turn) { return piece_at(turn, COLUMNS, COLUMNS_ALONG_K); }

void put_next() {
  barrier();  // some may still multiply the tile before
  [[unroll]] for (uint turn = 0; turn < ROW_TURNS; ++turn)
    put_row_piece(row_at(turn), next_rows[turn]);
  [[unroll]] for (uint turn = 0; turn < COLUMN_TURNS; ++turn)
    put_column_piece(column_at(turn), next_columns[turn]);
  barrier();
}
