// SPDX-License-Identifier: Apache-2.0
// D = activation(op(A) op(B) + bias), or one part of K of it, where A has so few rows (ROWS, at
// most 8) that tiles would be mostly empty: what a model multiplies that answers one input at a
// time. Reading B is what takes the time. Lanes read neighbours of it, each element once for all
// rows: a workgroup shares the k's of four columns if B is transposed, else each lane has four
// columns.
// Arguments as in matmul_registers.comp.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/operand.glsl"
#include "matmul/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;  // a power of two
layout(constant_id = 1) const uint ROWS = 1;    // all of A
layout(constant_id = 2) const bool A_TRANSPOSED = false;
layout(constant_id = 3) const bool HAS_BIAS = false;
layout(constant_id = 4) const uint ACTIVATION = 0;  // common/activation.glsl
layout(constant_id = 5) const bool B_TRANSPOSED = false;
layout(constant_id = 6) const bool A_VECTORS = false;  // K % 4 == 0, and not A_TRANSPOSED
layout(constant_id = 7) const bool B_VECTORS = false;  // B's stored rows are multiples of 4 long
layout(constant_id = 8) const bool D_VECTORS = false;  // N % 4 == 0
layout(constant_id = 9) const bool K_TAIL = false;     // K % 4 != 0

OPERAND(0, a)
OPERAND(1, b)
OPERAND(2, extra)  // a bias or a mask
RESULT(3, d)

float sums[ROWS * 4];  // of each row four columns
#include "common/activation.glsl"
#include "common/store.glsl"

uint lane = gl_LocalInvocationID.x;

// The sum over a workgroup.
#ifdef SUBGROUP
#extension GL_KHR_shader_subgroup_arithmetic : require
vec4 group_sum(vec4 x) { return subgroupAdd(x); }  // a workgroup is one subgroup
#else
shared vec4 exchange[LANES];
vec4 group_sum(vec4 x) {
  barrier();  // everyone has read the sum before
  exchange[lane] = x;
  for (uint width = LANES / 2; width > 0; width /= 2) {
    barrier();
    vec4 other = exchange[(lane + width) % LANES];
    barrier();
    if (lane < width) exchange[lane] += other;
  }
  barrier();
  return exchange[0];
}
#endif

uint rows = params.rows, columns = params.columns, depth = params.depth;
uint a_batch, b_batch, k_end;

bool in_depth(uint k) { return !K_TAIL || k < k_end; }
uint safe_k(uint k) { return K_TAIL ? min(k, k_end - 1) : k; }
uint safe_column(uint column) { return D_VECTORS ? column : min(column, columns - 1); }

// Four k's of a row.
vec4 load_row(uint row, uint k) {
  if (A_VECTORS) return a_vector((a_batch + row * depth + k) / 4);
  vec4 v;
  [[unroll]] for (uint e = 0; e < 4; ++e) {
    uint from = safe_k(k + e);
    float x = a_scalar(a_batch + (A_TRANSPOSED ? from * rows + row : row * depth + from));
    v[e] = in_depth(k + e) ? x : 0.0;
  }
  return v;
}

// Of four columns and four k's those that are neighbours: k's of column j if B is transposed, else
// columns of the k j.
vec4 load_neighbours(uint column, uint k, uint j) {
  uint this_k = B_TRANSPOSED ? k : k + j, this_column = B_TRANSPOSED ? column + j : column;
  uint line = B_TRANSPOSED ? safe_column(this_column) * depth : safe_k(this_k) * columns;
  vec4 v;
  if (B_VECTORS) {
    v = b_vector((b_batch + line + (B_TRANSPOSED ? k : column)) / 4);
  } else {
    [[unroll]] for (uint e = 0; e < 4; ++e)
      v[e] = b_scalar(b_batch + line + (B_TRANSPOSED ? safe_k(k + e) : safe_column(column + e)));
  }
  if (B_TRANSPOSED && !B_VECTORS) {
    [[unroll]] for (uint e = 0; e < 4; ++e) v[e] = in_depth(k + e) ? v[e] : 0.0;
  } else if (!B_TRANSPOSED && !in_depth(this_k)) {
    v = vec4(0);
  }
  return v;
}

void main() {
  uint batch = gl_WorkGroupID.z / params.splits;
  uint split = gl_WorkGroupID.z - batch * params.splits;
  uint d_begin = batch * params.d_batch_stride + split * params.d_split_stride;
  uint k_begin = split * params.split_depth;
  k_end = min(k_begin + params.split_depth, depth);
  a_batch = batch * params.a_batch_stride;
  b_batch = batch * params.b_batch_stride;
  uint column = (B_TRANSPOSED ? gl_WorkGroupID.y : gl_WorkGroupID.y * LANES + lane) * 4;
  uint inside = B_TRANSPOSED || !B_VECTORS ? column : min(column, columns - 4);
  uint step_ = 4 * (B_TRANSPOSED ? LANES : 1);

  vec4 totals[ROWS];
  [[unroll]] for (uint row = 0; row < ROWS; ++row) totals[row] = vec4(0);
  for (uint k = k_begin + (B_TRANSPOSED ? 4 * lane : 0); k < k_end; k += step_) {
    mat4 b;
    [[unroll]] for (uint j = 0; j < 4; ++j) b[j] = load_neighbours(inside, k, j);
    [[unroll]] for (uint row = 0; row < ROWS; ++row) {
      vec4 a = load_row(row, k);
      totals[row] += B_TRANSPOSED ? a * b : b * a;
    }
  }
  [[unroll]] for (uint row = 0; row < ROWS; ++row) {
    vec4 total = B_TRANSPOSED ? group_sum(totals[row]) : totals[row];
    [[unroll]] for (uint e = 0; e < 4; ++e) sums[row * 4 + e] = total[e];
  }
  [[unroll]] for (uint row = 0; row < ROWS; ++row) {
    if (B_TRANSPOSED && lane != row % LANES) continue;
    [[unroll]] for (uint e = 0; e < 4; e += D_VECTORS ? 4 : 1) {
      uint at = d_begin + row * columns + column + e;
      if (column + e < columns) store(at, column + e, row * 4 + e);
    }
  }
}
