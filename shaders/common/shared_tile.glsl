// SPDX-License-Identifier: Apache-2.0
// The shared-memory tile that matrix products and convolutions share on GPUs: no subgroup
// operations, any multiple of 16 invocations, 8.5 KiB of shared memory at 64 x 64 (17 at 128 x
// 128). A workgroup is 16 rows of invocations and owns ROWS x COLUMNS results, an invocation
// THREAD_ROWS x THREAD_COLUMNS of them that lie together, so that it reads shared memory in
// 16-byte pieces.
#extension GL_EXT_control_flow_attributes : require

#include "common/operand.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 256;
layout(constant_id = 1) const uint THREAD_ROWS = 4;     // 16 * THREAD_ROWS divides LANES
layout(constant_id = 2) const uint THREAD_COLUMNS = 4;  // divides 16
layout(constant_id = 3) const bool HAS_BIAS = false;
layout(constant_id = 4) const uint ACTIVATION = 0;      // common/activation.glsl

const uint DEPTH = 16;  // k's a turn
const uint ROWS = 16 * THREAD_ROWS;
const uint ACROSS = LANES / 16;
const uint COLUMNS = ACROSS * THREAD_COLUMNS;
const uint ROW_LOADS = ROWS * DEPTH / LANES;
const uint COLUMN_LOADS = COLUMNS * DEPTH / LANES;

const uint ROW_PITCH = ROWS + 4;        // 4 more: columns of a tile lie in different banks, and
const uint COLUMN_PITCH = COLUMNS + 4;  // 16-byte pieces stay aligned
shared float row_tile[DEPTH * ROW_PITCH];        // [k][row]
shared float column_tile[DEPTH * COLUMN_PITCH];  // [k][column]

uint thread = gl_LocalInvocationID.x;
uint thread_row = thread / ACROSS;
uint thread_column = thread % ACROSS;
float sums[THREAD_ROWS * THREAD_COLUMNS];

void clear_sums() {
  [[unroll]] for (uint i = 0; i < THREAD_ROWS * THREAD_COLUMNS; ++i) sums[i] = 0;
}

// Which (k, row or column) of a tile `width` wide this invocation loads `turn`th: neighbouring
// invocations along k where memory is contiguous along k, else along the width.
uvec2 slot(uint turn, uint width, bool along_k) {
  uint i = turn * LANES + thread;
  return along_k ? uvec2(i % DEPTH, i / DEPTH) : uvec2(i / width, i % width);
}

void put_row(uvec2 at, float value) { row_tile[at.x * ROW_PITCH + at.y] = value; }
void put_column(uvec2 at, float value) { column_tile[at.x * COLUMN_PITCH + at.y] = value; }

uint row_in_tile(uint i) { return THREAD_ROWS * thread_row + i; }
uint column_in_tile(uint j) { return THREAD_COLUMNS * thread_column + j; }

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
