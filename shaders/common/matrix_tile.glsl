// SPDX-License-Identifier: Apache-2.0
// The tile of common/product_tile.glsl for operands of 16-bit floats, on cooperative matrices with
// sums in f32. A workgroup is LANES / SUBGROUP subgroups; each owns THREAD_ROWS x THREAD_COLUMNS
// matrices of M x N sums. An operand lies in shared memory as in its buffer, and how a matrix is
// loaded from there transposes it: nothing else does. Its lines are 16 bytes apart, so that loads
// meet different banks and stay aligned (VUID-RuntimeSpirv-OpCooperativeMatrixLoadKHR-08986). Sums
// come out through shared memory, as only the driver knows which lane has which.
#include "common/matrix.glsl"
#include "common/operand.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 128;
layout(constant_id = 1) const uint THREAD_ROWS = 4;     // matrices of a subgroup
layout(constant_id = 2) const uint THREAD_COLUMNS = 4;
layout(constant_id = 3) const bool HAS_BIAS = false;
layout(constant_id = 4) const uint ACTIVATION = 0;      // common/activation.glsl
// Constants 12 to 15 are common/matrix.glsl's; M * N is a multiple of 4 * SUBGROUP.
layout(constant_id = 16) const uint SUBGROUPS_DOWN = 2;
layout(constant_id = 17) const uint DEPTH = 32;         // k's a turn, a multiple of K

const uint SUBGROUPS_ACROSS = LANES / SUBGROUP / SUBGROUPS_DOWN;
const uint ROWS = SUBGROUPS_DOWN * THREAD_ROWS * M;
const uint COLUMNS = SUBGROUPS_ACROSS * THREAD_COLUMNS * N;

#define Piece uvec4
#define Element uint
const uint PIECE = 8;

#define TILE_OPERAND(slot, name)                                                         \
  layout(constant_id = 24 + slot) const uint name##_stored = STORED_F16;                 \
  layout(binding = slot) readonly buffer name##_as_pieces { uvec4 name##_pieces[]; };    \
  layout(binding = slot) readonly buffer name##_as_words { uint name##_words[]; };       \
  uvec4 name##_piece(uint index) { return name##_pieces[index / 8]; }                    \
  uint name##_element(uint index) {                                                      \
    return name##_words[index / 2] >> 16 * (index % 2) & 0xffffu;                        \
  }                                                                                      \
  float name##_scalar(uint index) {                                                      \
    return unpacked_half(name##_words[index / 2], index, name##_stored);                 \
  }
void set_element(inout uvec4 piece, uint e, uint bits) { piece[e / 2] |= bits << 16 * (e % 2); }

// In pieces. Rows and then columns, each as lines along k or across it; later the sums.
const uint ROW_PITCH = (ROWS_ALONG_K ? DEPTH : ROWS) / 8 + 1;
const uint COLUMN_PITCH = (COLUMNS_ALONG_K ? DEPTH : COLUMNS) / 8 + 1;
const uint ROW_PIECES = ROW_PITCH * (ROWS_ALONG_K ? ROWS : DEPTH);
const uint COLUMN_PIECES = COLUMN_PITCH * (COLUMNS_ALONG_K ? COLUMNS : DEPTH);
const uint MATRIX_QUADS = M * N / 4;
const uint OPERANDS = ROW_PIECES + COLUMN_PIECES;
const uint RESULTS = LANES / SUBGROUP * MATRIX_QUADS;
shared uvec4 tile[OPERANDS > RESULTS ? OPERANDS : RESULTS];

uint thread = gl_LocalInvocationID.x;
uint subgroup_row = gl_SubgroupID / SUBGROUPS_ACROSS * (THREAD_ROWS * M);
uint subgroup_column = gl_SubgroupID % SUBGROUPS_ACROSS * (THREAD_COLUMNS * N);
SUMS results[THREAD_ROWS * THREAD_COLUMNS];

void clear_sums() {
  [[unroll]] for (uint i = 0; i < THREAD_ROWS * THREAD_COLUMNS; ++i)
    results[i] = SUMS(0);
}

void put_row_piece(uvec2 at, uvec4 piece) {
  tile[ROWS_ALONG_K ? at.y * ROW_PITCH + at.x / 8 : at.x * ROW_PITCH + at.y / 8] = piece;
}
void put_column_piece(uvec2 at, uvec4 piece) {
  tile[ROW_PIECES + (COLUMNS_ALONG_K ? at.y * COLUMN_PITCH + at.x / 8
                                     : at.x * COLUMN_PITCH + at.y / 8)] = piece;
}

void multiply_tile() {
  [[unroll]] for (uint k = 0; k < DEPTH; k += K) {
    MATRIX_A a[THREAD_ROWS];
    [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
      uint row = subgroup_row + i * M;
      if (ROWS_ALONG_K)
        coopMatLoad(a[i], tile, row * ROW_PITCH + k / 8, ROW_PITCH,
                    gl_CooperativeMatrixLayoutRowMajor);
      else
        coopMatLoad(a[i], tile, k * ROW_PITCH + row / 8, ROW_PITCH,
                    gl_CooperativeMatrixLayoutColumnMajor);
    }
    [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j) {
      MATRIX_B b;
      uint column = subgroup_column + j * N;
      if (COLUMNS_ALONG_K)
        coopMatLoad(b, tile, ROW_PIECES + column * COLUMN_PITCH + k / 8, COLUMN_PITCH,
                    gl_CooperativeMatrixLayoutColumnMajor);
      else
        coopMatLoad(b, tile, ROW_PIECES + k * COLUMN_PITCH + column / 8, COLUMN_PITCH,
                    gl_CooperativeMatrixLayoutRowMajor);
      [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
        uint at = i * THREAD_COLUMNS + j;
        results[at] = coopMatMulAdd(a[i], b, results[at]);
      }
    }
  }
}

const uint PARTS = THREAD_ROWS * THREAD_COLUMNS;  // one matrix at a time
const uint PART_QUADS = MATRIX_QUADS / SUBGROUP;  // whole
float sums[4];

void begin_part(uint part) {
  if (part == 0) barrier();  // operands make room
  subgroupBarrier();         // and the part before
  coopMatStore(results[part], tile, gl_SubgroupID * MATRIX_QUADS, N / 4,
               gl_CooperativeMatrixLayoutRowMajor);
  subgroupBarrier();
}
uint quad_sums(uint part, uint i) {
  uvec4 bits = tile[gl_SubgroupID * MATRIX_QUADS + i * SUBGROUP + gl_SubgroupInvocationID];
  [[unroll]] for (uint e = 0; e < 4; ++e) sums[e] = uintBitsToFloat(bits[e]);
  return 0;
}
uvec2 quad_at(uint part, uint i) {
  uint quad = i * SUBGROUP + gl_SubgroupInvocationID;
  return uvec2(subgroup_row + part / THREAD_COLUMNS * M + quad / (N / 4),
               subgroup_column + part % THREAD_COLUMNS * N + quad % (N / 4) * 4);
}
