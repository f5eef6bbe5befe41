// SPDX-License-Identifier: Apache-2.0
// Attention of 16-bit floats on cooperative matrices: like attention/tile.glsl, but each subgroup
// owns STRIPS * M rows, which it holds in matrices, as it does their results. What it walks along,
// COLUMNS at a time, all subgroups share in two tiles. Scores go through shared memory, where lanes
// know which is which, as f32, and come back as 16-bit floats, matrices of the second product. A
// subgroup needs no other for that: only the tiles have barriers. Shared memory:
//   (COLUMNS * (DEPTH + 8) * 2 * 2 + LANES / SUBGROUP * STRIPS * M * (COLUMNS + 4) * 4) bytes
#include "common/matrix.glsl"
#include "common/operand.glsl"
#include "common/math.glsl"
#include "attention/mask.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 128;
layout(constant_id = 1) const uint STRIPS = 1;   // STRIPS * M divides SUBGROUP
layout(constant_id = 2) const uint COLUMNS = 32; // multiple of N, K, 2 * N and 8 * SHARING
layout(constant_id = 3) const uint DEPTH = 64;   // depth, up to a multiple of N and K

#ifdef BF16
const uint VALUES = STORED_BF16;
#else
const uint VALUES = STORED_F16;
#endif
const uint SUBGROUP_ROWS = STRIPS * M;
const uint ROWS = LANES / SUBGROUP * SUBGROUP_ROWS;
const uint STEPS = DEPTH / K;             // matrices of a row, as a factor
const uint PANELS = DEPTH / N;            // and as a result
const uint SHARING = SUBGROUP / SUBGROUP_ROWS;  // lanes to a row of scores
const uint QUADS = COLUMNS / SHARING / 4;       // of scores, a lane

// All in pieces of 16 bytes, eight 16-bit floats; lines are one more apart: see
// common/matrix_tile.glsl. A line of scores, COLUMNS of f32, has room for two of 16-bit floats.
const uint PITCH = DEPTH / 8 + 1;
const uint SCORE_PITCH = COLUMNS / 4 + 1;
const uint SECOND_TILE = COLUMNS * PITCH;
const uint SCORE_PIECES = SUBGROUP_ROWS * SCORE_PITCH;
const uint SECOND_HALF = COLUMNS / 8;
shared uvec4 shared_pieces[2 * SECOND_TILE + LANES / SUBGROUP * SCORE_PIECES];

uint thread = gl_LocalInvocationID.x, lane = gl_SubgroupInvocationID;
uint scores = 2 * SECOND_TILE + gl_SubgroupID * SCORE_PIECES;  // where the subgroup's begin
uint subgroup_row = gl_SubgroupID * SUBGROUP_ROWS;             // its first row in the tile
// The row whose scores a lane works on, and which of them: QUADS from this column on.
uint lane_row = lane % SUBGROUP_ROWS, lane_part = lane / SUBGROUP_ROWS;
uint lane_column = lane_part * (4 * QUADS);
uint lane_scores = scores + lane_row * SCORE_PITCH;

vec4 score_quad(uint quad) {
  return uintBitsToFloat(shared_pieces[lane_scores + lane_part * QUADS + quad]);
}

// Which of four neighbours from `first` on come before `end`.
bvec4 before(uint first, uint end) {
  return lessThan(uvec4(first) + uvec4(0, 1, 2, 3), uvec4(end));
}

uvec4 rounded(vec4 low, vec4 high) {
  return uvec4(packed_halves(half_bits(low, VALUES)), packed_halves(half_bits(high, VALUES)));
}

// Puts a lane's part of a row back, rounded: in the first half of the row or the second. No lane
// may still read scores.
#define PUT_ROUNDED(quads, half)                                       \
  [[unroll]] for (uint i = 0; i < QUADS / 2; ++i)                      \
    shared_pieces[lane_scores + half + lane_part * (QUADS / 2) + i] =  \
        rounded(quads[2 * i], quads[2 * i + 1]);

// The `count` pieces of something, each by one of so many invocations.
#define EACH_PIECE(i, count, invocation, invocations)                                        \
  [[unroll]] for (uint turn = 0, i = invocation; turn < (count + invocations - 1) / invocations; \
                  ++turn, i += invocations)                                                  \
    if (count % invocations == 0 || i < count)

// An operand [rows, depth], depth a multiple of 8, stored as VALUE, or as f32 and then rounded.
// Rows from `end` on count as zeros, and so does what lies between depth and DEPTH.
#define MATRIX(slot, name)                                                                  \
  layout(constant_id = 24 + slot) const uint name##_stored = STORED_F32;                    \
  layout(binding = slot) readonly buffer name##_as_pieces { uvec4 name##_pieces[]; };       \
  layout(binding = slot) readonly buffer name##_as_vectors { vec4 name##_vectors[]; };      \
  uvec4 name##_piece(uint row, uint end, uint d) {                                          \
    if (row >= end || d >= depth) return uvec4(0);                                          \
    uint at = (row * depth + d) / 4;                                                        \
    if (name##_stored != STORED_F32) return name##_pieces[at / 2];                          \
    return rounded(name##_vectors[at], name##_vectors[at + 1]);                             \
  }                                                                                         \
  void name##_tile(uint to, uint first, uint end) {                                         \
    EACH_PIECE(i, COLUMNS * (DEPTH / 8), thread, LANES) {                                   \
      uint column = i / (DEPTH / 8), piece = i % (DEPTH / 8);                               \
      shared_pieces[to + column * PITCH + piece] = name##_piece(first + column, end, 8 * piece); \
    }                                                                                       \
  }

// Brings the subgroup's rows of an operand into own[], by way of its scores.
const uint STEPS_AT_ONCE = 2 * COLUMNS / K;
#define LOAD_OWN(own, name, first, end)                                                        \
  [[unroll]] for (uint step = 0; step < STEPS; ++step) {                                       \
    uint begin = step % STEPS_AT_ONCE * (K / 8);                                               \
    if (begin == 0) {                                                                          \
      subgroupBarrier();                                                                       \
      EACH_PIECE(i, SUBGROUP_ROWS * (COLUMNS / 4), lane, SUBGROUP) {                           \
        uint row = i / (COLUMNS / 4), piece = i % (COLUMNS / 4);                               \
        shared_pieces[scores + row * SCORE_PITCH + piece] =                                    \
            name##_piece(first + subgroup_row + row, end, step * K + 8 * piece);               \
      }                                                                                        \
      subgroupBarrier();                                                                       \
    }                                                                                          \
    [[unroll]] for (uint i = 0; i < STRIPS; ++i)                                               \
      coopMatLoad(own[i * STEPS + step], shared_pieces, scores + i * M * SCORE_PITCH + begin,  \
                  SCORE_PITCH, gl_CooperativeMatrixLayoutRowMajor);                            \
  }

#define CLEAR(results) \
  [[unroll]] for (uint i = 0; i < STRIPS * PANELS; ++i) results[i] = SUMS(0);

// Scores = own rows times those of a tile, along the depth.
#define SCORES(own, tile)                                                                    \
  subgroupBarrier();                                                                         \
  for (uint column = 0; column < COLUMNS; column += N) {                                     \
    SUMS sums[STRIPS];                                                                       \
    [[unroll]] for (uint i = 0; i < STRIPS; ++i) sums[i] = SUMS(0);                          \
    [[unroll]] for (uint step = 0; step < STEPS; ++step) {                                   \
      MATRIX_B b;                                                                            \
      coopMatLoad(b, shared_pieces, tile + column * PITCH + step * (K / 8), PITCH,           \
                  gl_CooperativeMatrixLayoutColumnMajor);                                    \
      [[unroll]] for (uint i = 0; i < STRIPS; ++i)                                           \
        sums[i] = coopMatMulAdd(own[i * STEPS + step], b, sums[i]);                          \
    }                                                                                        \
    [[unroll]] for (uint i = 0; i < STRIPS; ++i)                                             \
      coopMatStore(sums[i], shared_pieces, scores + i * M * SCORE_PITCH + column / 4,        \
                   SCORE_PITCH, gl_CooperativeMatrixLayoutRowMajor);                         \
  }                                                                                          \
  subgroupBarrier();

// results += what PUT_ROUNDED put there times a tile, along its columns.
#define ADD_PRODUCT(results, half, tile)                                                     \
  for (uint column = 0; column < COLUMNS; column += K) {                                     \
    MATRIX_A a[STRIPS];                                                                      \
    [[unroll]] for (uint i = 0; i < STRIPS; ++i)                                             \
      coopMatLoad(a[i], shared_pieces, scores + i * M * SCORE_PITCH + half + column / 8,     \
                  SCORE_PITCH, gl_CooperativeMatrixLayoutRowMajor);                          \
    [[unroll]] for (uint panel = 0; panel < PANELS; ++panel) {                               \
      MATRIX_B b;                                                                            \
      coopMatLoad(b, shared_pieces, tile + column * PITCH + panel * (N / 8), PITCH,          \
                  gl_CooperativeMatrixLayoutRowMajor);                                       \
      [[unroll]] for (uint i = 0; i < STRIPS; ++i)                                           \
        results[i * PANELS + panel] = coopMatMulAdd(a[i], b, results[i * PANELS + panel]);   \
    }                                                                                        \
  }

// Writes `factor` times the results, a panel at a time, to what lies before row `end` of a RESULT.
#define STORE(name, results, factor, first, end)                                             \
  [[unroll]] for (uint panel = 0; panel < PANELS; ++panel) {                                 \
    subgroupBarrier();                                                                       \
    [[unroll]] for (uint i = 0; i < STRIPS; ++i)                                             \
      coopMatStore(results[i * PANELS + panel], shared_pieces, scores + i * M * SCORE_PITCH, \
                   SCORE_PITCH, gl_CooperativeMatrixLayoutRowMajor);                         \
    subgroupBarrier();                                                                       \
    EACH_PIECE(i, SUBGROUP_ROWS * (N / 4), lane, SUBGROUP) {                                 \
      uint quad = i % (N / 4), row = i / (N / 4), d = panel * N + 4 * quad;                  \
      uint to = first + subgroup_row + row;                                                  \
      vec4 sums = uintBitsToFloat(shared_pieces[scores + row * SCORE_PITCH + quad]);         \
      if (to < end && d < depth) name##_put((to * depth + d) / 4, factor * sums);            \
    }                                                                                        \
  }
