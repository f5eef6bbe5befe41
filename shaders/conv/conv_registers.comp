// SPDX-License-Identifier: Apache-2.0
// Convolution and its backward through x as a matrix product by register tiles
// (common/tile.glsl): rows are pixels of the destination, columns its channels, k's the taps and
// the channels of the source. No matrix of patches is stored: a lane works out where its pixels
// read. Forward x -> y, or BACKWARD y -> x (which is also the transposed convolution), one phase a
// workgroup. Grid z is the group of channels.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/tile.glsl"
#include "conv/params.h"
#include "conv/taps.glsl"

layout(constant_id = 7) const bool BACKWARD = false;
layout(constant_id = 8) const bool SOURCE_VECTORS = true;  // source channels % 4 == 0
layout(constant_id = 9) const bool WEIGHT_VECTORS = true;  // forward: R * S * C % 4 == 0;
                                                           // backward: C and TILE_COLUMNS % 4 == 0
layout(constant_id = 10) const bool D_VECTORS = true;  // destination channels and TILE_COLUMNS
                                                       // divide by 4

OPERAND(0, source)
OPERAND(1, weight)
OPERAND(2, extra)  // a bias or a mask
RESULT(3, d)

#include "common/activation.glsl"

Taps down, across;
uint source_height, source_width;
uint source_channels, columns, channels;  // of a group
uint groups, group, kernel_width, weight_row, weight_base;
uint row_y[ROW_VECTORS], row_x[ROW_VECTORS];  // the pixel that tap 0 reads; wraps if negative
uint row_base[ROW_VECTORS];                   // its element in the source
uint row_target[ROW_VECTORS];                 // the element of D where the pixel's channels begin
uint column_base[TILE_COLUMNS];               // where this lane's columns of the weights begin

// Element distance between what tap 0 reads and what tap (i, j) reads.
uint tap_offset(uint i, uint j) {
  int pixels = int(i) * down.advance * int(source_width) + int(j) * across.advance;
  return uint(pixels) * groups * source_channels;
}

bool reads(uint g, uint i, uint j) {
  return row_y[g] + uint(int(i) * down.advance) < source_height &&
         row_x[g] + uint(int(j) * across.advance) < source_width;
}

// Where tap (i, j) and source channel c begin in a weight column.
uint weight_offset(uint i, uint j, uint c) {
  uint tap = (down.first + i * down.step) * kernel_width + across.first + j * across.step;
  return BACKWARD ? c * weight_row + tap * channels : tap * channels + c;
}

// Columns of BACKWARD weights lie side by side, forward ones are rows.
void load_weights(uint q, uint offset) {
  [[unroll]] for (uint j = 0; j < TILE_COLUMNS; j += WEIGHT_VECTORS ? 4 : 1) {
    uint i = q * TILE_COLUMNS + j;
    if (WEIGHT_VECTORS) {
      vec4 v = weight_vector((column_base[j] + offset) / 4);
      [[unroll]] for (uint e = 0; e < 4; ++e) column_values[i + e] = v[e];
    } else {
      column_values[i] = weight_scalar(column_base[j] + offset);
    }
  }
}

void load_weight_rows(uint offset) {
  [[unroll]] for (uint j = 0; j < TILE_COLUMNS; ++j) {
    vec4 v = weight_vector((column_base[j] + offset) / 4);
    [[unroll]] for (uint q = 0; q < 4; ++q) column_values[q * TILE_COLUMNS + j] = v[q];
  }
}

// Four channels of one tap at a time.
void sum_by_vectors() {
  for (uint i = 0; i < down.count; ++i) {
    for (uint j = 0; j < across.count; ++j) {
      uint offset = tap_offset(i, j);
      uint weights = weight_offset(i, j, 0);
      uint at[ROW_VECTORS];
      bool inside[ROW_VECTORS];
      [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g) {
        inside[g] = reads(g, i, j);
        at[g] = inside[g] ? (row_base[g] + offset) / 4 : 0;
      }
      for (uint c = 0; c < source_channels; c += 4) {
        [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g) {
          vec4 v = source_vector(at[g] + c / 4);
          row_values[g] = inside[g] ? v : vec4(0);
        }
        if (!BACKWARD) {
          load_weight_rows(weights + c);
        } else {
          [[unroll]] for (uint q = 0; q < 4; ++q) load_weights(q, weights + (c + q) * weight_row);
        }
        multiply_tile(false);
      }
    }
  }
}

// Four (tap, channel) pairs at a time, for any number of channels.
void sum_by_scalars() {
  uint depth = down.count * across.count * source_channels;
  uint i = 0, j = 0, c = 0;
  for (uint k = 0; k < depth; k += 4) {
    [[unroll]] for (uint q = 0; q < 4; ++q) {
      bool in_depth = k + q < depth;
      uint offset = tap_offset(i, j) + c;
      [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g) {
        bool inside = in_depth && reads(g, i, j);
        float v = source_scalar(inside ? row_base[g] + offset : 0);
        row_values[g][q] = inside ? v : 0.0;
      }
      if (BACKWARD || !WEIGHT_VECTORS) {
        load_weights(q, in_depth ? weight_offset(i, j, c) : 0);
        [[unroll]] for (uint column = 0; column < TILE_COLUMNS; ++column) {
          if (!in_depth) column_values[q * TILE_COLUMNS + column] = 0;
        }
      }
      bool next_j = c + 1 == source_channels;
      c = next_j ? 0 : c + 1;
      bool next_i = next_j && j + 1 == across.count;
      j = next_i ? 0 : next_j ? j + 1 : j;
      i = next_i ? i + 1 : i;
    }
    if (!BACKWARD && WEIGHT_VECTORS) load_weight_rows(k);
    multiply_tile(false);
  }
}

// One branch a column, not one an element: branches are what makes this kernel slow to compile.
void store(uint panel) {
  uint target[TILE_ROWS];
  [[unroll]] for (uint row = 0; row < TILE_ROWS; ++row)
    target[row] = from_lane(row_target[row / LANES], row % LANES);
  [[unroll]] for (uint j = 0; j < TILE_COLUMNS; j += D_VECTORS ? 4 : 1) {
    uint column = column_of(panel, j);
    if (column < columns) {
      vec4 add = vec4(0);
      if (HAS_BIAS) {
        [[unroll]] for (uint e = 0; e < (D_VECTORS ? 4 : 1); ++e)
          add[e] = extra_scalar(group * columns + column + e);
      }
      [[unroll]] for (uint row = 0; row < TILE_ROWS; ++row) {
        uint at = target[row] + column, i = row * TILE_COLUMNS + j;
        if (D_VECTORS) {
          vec4 v = vec4(sums[i], sums[i + 1], sums[i + 2], sums[i + 3]) + add;
          d_put(at / 4, activate(v, at));
        } else {
          d_put(at, activate(sums[i] + add.x, at));
        }
      }
    }
  }
}

void find_columns(uint panel) {
  [[unroll]] for (uint j = 0; j < TILE_COLUMNS; ++j) {
    uint column = min(column_of(panel, j), columns - 1);
    column_base[j] = weight_base + (BACKWARD ? column : column * weight_row);
  }
}

// The pixels of the group among those of its phase; the edge repeats the last one.
void find_rows(uint first, uvec2 phase, uvec2 stride, uvec2 target_size, uvec2 size, uint pixels,
               uvec2 tap_zero) {
  [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g) {
    uint pixel = min(first + g * LANES + lane, pixels - 1);
    uint line = divide(pixel, size.x);
    uint image = divide(line, size.y);
    uvec2 at = uvec2(pixel - line * size.x, line - image * size.y);
    uvec2 target = BACKWARD ? at * stride + phase : at;
    uint target_pixel = (image * target_size.y + target.y) * target_size.x + target.x;
    row_target[g] = (target_pixel * groups + group) * columns;
    uvec2 read = (BACKWARD ? at : at * stride) + tap_zero;
    row_x[g] = read.x;
    row_y[g] = read.y;
    uint source_pixel = (image * source_height + read.y) * source_width + read.x;
    row_base[g] = (source_pixel * groups + group) * source_channels;
  }
}

void main() {
  uvec2 input_size = uvec2(params.width, params.height);
  uvec2 output_size = uvec2(params.out_width, params.out_height);
  uvec2 stride = uvec2(params.stride_width, params.stride_height);
  uvec2 pad = uvec2(params.pad_width, params.pad_height);
  uvec2 dilation = uvec2(params.dilation_width, params.dilation_height);
  uvec2 tap_step = uvec2(params.tap_step_width, params.tap_step_height);
  uint kernel_height = params.kernel_height;
  kernel_width = params.kernel_width;
  groups = params.groups;
  group = gl_WorkGroupID.z;
  channels = divide(params.channels, groups);
  uint out_channels = divide(params.out_channels, groups);
  weight_row = kernel_height * kernel_width * channels;
  weight_base = group * out_channels * weight_row;
  columns = BACKWARD ? channels : out_channels;
  source_channels = BACKWARD ? out_channels : channels;
  source_width = BACKWARD ? output_size.x : input_size.x;
  source_height = BACKWARD ? output_size.y : input_size.y;

  uint phases = BACKWARD ? stride.x * stride.y : 1;
  uint block = divide(gl_WorkGroupID.x, phases);
  uint phase_index = gl_WorkGroupID.x - block * phases;
  uint phase_y = divide(phase_index, stride.x);
  uvec2 phase = uvec2(phase_index - phase_y * stride.x, phase_y);
  uvec2 size = output_size;
  if (BACKWARD) {
    uvec2 reach = input_size - phase + stride - 1;
    size = uvec2(divide(reach.x, stride.x), divide(reach.y, stride.y));
  }
  uint pixels = params.images * size.x * size.y;
  uint first = params.first_row + block * TILE_ROWS;
  if (first >= pixels) return;

  uvec2 tap_zero = -pad;
  if (BACKWARD) {
    down = backward_taps(phase.y, kernel_height, stride.y, pad.y, dilation.y, tap_step.y);
    across = backward_taps(phase.x, kernel_width, stride.x, pad.x, dilation.x, tap_step.x);
    uvec2 first_tap = uvec2(across.first, down.first) * dilation;
    tap_zero = uvec2(ivec2(phase + pad - first_tap) / ivec2(stride));
  } else {
    down = forward_taps(kernel_height, dilation.y);
    across = forward_taps(kernel_width, dilation.x);
  }
  uint panel = gl_WorkGroupID.y * PANEL;
  find_rows(first, phase, stride, BACKWARD ? input_size : output_size, size, pixels, tap_zero);
  find_columns(panel);
  clear_sums();
  if (SOURCE_VECTORS) sum_by_vectors();
  else sum_by_scalars();
  store(panel);
}
