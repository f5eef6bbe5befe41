// SPDX-License-Identifier: Apache-2.0
// The shared-memory tile of f32 that matrix products, convolutions and attention share on GPUs: no
// subgroup operations, any multiple of 128 invocations, 8.5 KiB of shared memory at 64 x 64 (17 at
// 128 x 128). A workgroup is 16 rows of invocations and owns ROWS x COLUMNS results, an invocation
// THREAD_ROWS x THREAD_COLUMNS of them, four neighbours at a time, so that it reads shared memory
// in 16-byte pieces. 32 invocations are 4 x 8 ones: they then read few distinct pieces together.
#extension GL_EXT_control_flow_attributes : require

#include "common/operand.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 256;
layout(constant_id = 1) const uint THREAD_ROWS = 4;     // 1, 2, 4 or 8
layout(constant_id = 2) const uint THREAD_COLUMNS = 4;  // 4 or 8
layout(constant_id = 3) const bool HAS_BIAS = false;
layout(constant_id = 4) const uint ACTIVATION = 0;      // common/activation.glsl

const uint DEPTH = 16;  // k's a turn
const uint ROWS = 16 * THREAD_ROWS;
const uint ACROSS = LANES / 16;
const uint COLUMNS = ACROSS * THREAD_COLUMNS;

const uint ROW_PITCH = ROWS + 4;        // 4 more: columns of a tile lie in different banks, and
const uint COLUMN_PITCH = COLUMNS + 4;  // 16-byte pieces stay aligned
shared float row_tile[DEPTH * ROW_PITCH];        // [k][row]
shared float column_tile[DEPTH * COLUMN_PITCH];  // [k][column]

uint thread = gl_LocalInvocationID.x;
uint thread_row = thread / (4 * ACROSS) * 4 + thread % 32 / 8;
uint thread_column = thread / 32 % (ACROSS / 8) * 8 + thread % 8;
float sums[THREAD_ROWS * THREAD_COLUMNS];

void clear_sums() {
  [[unroll]] for (uint i = 0; i < THREAD_ROWS * THREAD_COLUMNS; ++i) sums[i] = 0;
}

void put_row(uvec2 at, float value) { row_tile[at.x * ROW_PITCH + at.y] = value; }
void put_column(uvec2 at, float value) { column_tile[at.x * COLUMN_PITCH + at.y] = value; }

const uint NEIGHBOURS = THREAD_ROWS < 4 ? THREAD_ROWS : 4;
uint row_in_tile(uint i) {
  return i / NEIGHBOURS * (16 * NEIGHBOURS) + NEIGHBOURS * thread_row + i % NEIGHBOURS;
}
uint column_in_tile(uint j) { return j / 4 * (4 * ACROSS) + 4 * thread_column + j % 4; }
