// SPDX-License-Identifier: Apache-2.0
// The register tile that matrix products and convolutions share. A workgroup is one subgroup and
// owns TILE_ROWS x (LANES * TILE_COLUMNS) results; a lane owns all rows of TILE_COLUMNS columns.
// Each lane loads other row operands and passes them on by shuffles, so nothing is loaded twice
// and there is neither shared memory nor a barrier: on CPU drivers both cost more than the
// arithmetic. Rows run outside and DEPTH k's inside because the accumulators outnumber the
// registers: each is then read and written once per DEPTH multiply-adds. All loops here must
// unroll; arrays are then plain registers. With ALONE every lane loads all rows: no subgroup
// operations, and a workgroup of any size.
#extension GL_EXT_control_flow_attributes : require
#ifndef ALONE
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_shuffle : require
#endif

#include "common/operand.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 8;         // = the subgroup size; divides TILE_ROWS
layout(constant_id = 1) const uint TILE_ROWS = 16;    // multiple of 4
layout(constant_id = 2) const uint TILE_COLUMNS = 8;  // columns a lane: 1, 2 or a multiple of 4
layout(constant_id = 3) const bool BROADCAST = false; // subgroupBroadcast, not subgroupShuffle
layout(constant_id = 4) const bool HAS_BIAS = false;
layout(constant_id = 5) const uint ACTIVATION = 0;    // common/activation.glsl
layout(constant_id = 6) const uint DEPTH = 4;         // k's a turn; a multiple of 4

#ifdef ALONE
const uint SHARING = 1;      // lanes that share the loading of rows
#else
const uint SHARING = LANES;
#endif
const uint QUADS = DEPTH / 4;
const uint ROW_VECTORS = TILE_ROWS / SHARING * QUADS;  // vec4 a lane loads for the rows of a turn
const uint COLUMN_VECTOR = TILE_COLUMNS < 4 ? TILE_COLUMNS : 4;  // neighbouring columns of a lane
const uint PANEL = LANES * TILE_COLUMNS;              // columns a workgroup

uint lane = gl_LocalInvocationID.x;
float sums[TILE_ROWS * TILE_COLUMNS];
float column_values[DEPTH * TILE_COLUMNS];  // [k][column]
vec4 row_values[ROW_VECTORS];  // [row / SHARING][k / 4]: lane r % SHARING has four k's of row r; if
                               // transposed, vector v = k * TILE_ROWS / 4 + r / 4 has four rows of
                               // one k and lies with lane v % LANES at [v / LANES]

void clear_sums() {
  [[unroll]] for (uint i = 0; i < TILE_ROWS * TILE_COLUMNS; ++i) sums[i] = 0;
}

#ifdef ALONE
float from_lane(float value, uint source) { return value; }
#else
float from_lane(float value, uint source) {
  return BROADCAST ? subgroupBroadcast(value, source) : subgroupShuffle(value, source);
}

uint from_lane(uint value, uint source) {
  return BROADCAST ? subgroupBroadcast(value, source) : subgroupShuffle(value, source);
}
#endif

float row_value(uint row, uint k, bool transposed) {
  if (transposed) {
    uint vector = k * (TILE_ROWS / 4) + row / 4;
    return from_lane(row_values[vector / LANES][row % 4], vector % LANES);
  }
  return from_lane(row_values[row / SHARING * QUADS + k / 4][k % 4], row % SHARING);
}

// sums += rows x columns over the k's that are loaded.
void multiply_tile(bool transposed) {
  [[unroll]] for (uint row = 0; row < TILE_ROWS; ++row) {
    float values[DEPTH];
    [[unroll]] for (uint k = 0; k < DEPTH; ++k) values[k] = row_value(row, k, transposed);
    [[unroll]] for (uint j = 0; j < TILE_COLUMNS; ++j) {
      float sum = sums[row * TILE_COLUMNS + j];
      [[unroll]] for (uint k = 0; k < DEPTH; ++k)
        sum = sum + values[k] * column_values[k * TILE_COLUMNS + j];
      sums[row * TILE_COLUMNS + j] = sum;
    }
  }
}

// Column j of this lane in the panel that begins at `panel`; neighbours lie COLUMN_VECTOR apart.
uint column_of(uint panel, uint j) {
  return panel + COLUMN_VECTOR * (LANES * (j / COLUMN_VECTOR) + lane) + j % COLUMN_VECTOR;
}
