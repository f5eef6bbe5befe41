// SPDX-License-Identifier: Apache-2.0
// Convolution (x -> y), or BACKWARD through x (y -> x, also the transposed convolution), as a
// matrix product by shared-memory tiles: the form for GPUs. Rows are pixels of the destination,
// columns its channels, k's the taps and the channels of the source; backward, a workgroup has one
// phase. Grid z is the group of channels.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/shared_tile.glsl"
#include "conv/params.h"
#include "conv/taps.glsl"

layout(constant_id = 5) const bool BACKWARD = false;
layout(constant_id = 6) const bool D_VECTORS = false;  // the destination's channels % 4 == 0

OPERAND(0, source)
OPERAND(1, weight)
OPERAND(2, extra)  // a bias or a mask
RESULT(3, d)

#include "common/activation.glsl"

#include "common/store.glsl"

void main() {
  uvec2 size = uvec2(params.width, params.height);
  uvec2 out_size = uvec2(params.out_width, params.out_height);
  uvec2 stride = uvec2(params.stride_width, params.stride_height);
  uvec2 pad = uvec2(params.pad_width, params.pad_height);
  uvec2 dilation = uvec2(params.dilation_width, params.dilation_height);
  uvec2 kernel = uvec2(params.kernel_width, params.kernel_height);
  uint groups = params.groups, group = gl_WorkGroupID.z;
  uint channels = divide(params.channels, groups);  // of a group, as columns and source_channels
  uint out_channels = divide(params.out_channels, groups);
  uint weight_row = kernel.x * kernel.y * channels;
  uint weight_base = group * out_channels * weight_row;
  uint columns = BACKWARD ? channels : out_channels;
  uint source_channels = BACKWARD ? out_channels : channels;
  uvec2 source_size = BACKWARD ? out_size : size;
  uvec2 target_size = BACKWARD ? size : out_size;

  uint phases = BACKWARD ? stride.x * stride.y : 1;
  uint block = divide(gl_WorkGroupID.x, phases);
  uint phase_index = gl_WorkGroupID.x - block * phases;
  uint phase_y = divide(phase_index, stride.x);
  uvec2 phase = uvec2(phase_index - phase_y * stride.x, phase_y);
  uvec2 cells = target_size;  // pixels of this phase, per image
  uvec2 tap_zero = -pad;      // what tap 0 of pixel 0 reads
  Taps across = forward_taps(kernel.x, dilation.x), down = forward_taps(kernel.y, dilation.y);
  if (BACKWARD) {
    uvec2 reach = size - phase + stride - 1;
    cells = uvec2(divide(reach.x, stride.x), divide(reach.y, stride.y));
    across = backward_taps(phase.x, kernel.x, stride.x, pad.x, dilation.x, params.tap_step_width);
    down = backward_taps(phase.y, kernel.y, stride.y, pad.y, dilation.y, params.tap_step_height);
    ivec2 first_tap = ivec2(phase + pad - uvec2(across.first, down.first) * dilation);
    tap_zero = uvec2(first_tap / ivec2(stride));
  }
  uint pixels = params.images * cells.x * cells.y;
  uint first = params.first_row + block * ROWS;
  if (first >= pixels) return;
  uint first_column = gl_WorkGroupID.y * COLUMNS;

  uvec2 row_at[ROW_LOADS];  // the pixel that tap 0 reads; wraps if negative
  uint row_line[ROW_LOADS];
  [[unroll]] for (uint turn = 0; turn < ROW_LOADS; ++turn) {
    uint pixel = min(first + slot(turn, ROWS, true).y, pixels - 1);
    uint line = divide(pixel, cells.x);
    uint image = divide(line, cells.y);
    uvec2 cell = uvec2(pixel - line * cells.x, line - image * cells.y);
    row_at[turn] = (BACKWARD ? cell : cell * stride) + tap_zero;
    row_line[turn] = image * source_size.y;
  }

  uint depth = across.count * down.count * source_channels;
  clear_sums();
  for (uint k = 0; k < depth; k += DEPTH) {
    uint this_k = k + slot(0, ROWS, true).x;  // the same in all turns
    uint tap = divide(this_k, source_channels);
    uint i = divide(tap, max(across.count, 1));
    uvec2 offset = uvec2(int(tap - i * across.count) * across.advance, int(i) * down.advance);
    [[unroll]] for (uint turn = 0; turn < ROW_LOADS; ++turn) {
      uvec2 from = row_at[turn] + offset;
      bool inside = this_k < depth && from.x < source_size.x && from.y < source_size.y;
      uint pixel = (row_line[turn] + from.y) * source_size.x + from.x;
      uint at = (pixel * groups + group - tap) * source_channels + this_k;
      put_row(slot(turn, ROWS, true), inside ? source_scalar(at) : 0);
    }
    [[unroll]] for (uint turn = 0; turn < COLUMN_LOADS; ++turn) {
      uvec2 at = slot(turn, COLUMNS, !BACKWARD);
      uint column = first_column + at.y;
      uint weight_k = k + at.x;
      bool inside = weight_k < depth && column < columns;
      uint from = column * weight_row + weight_k;
      if (BACKWARD) {
        uint nth = divide(weight_k, source_channels);
        uint j = divide(nth, max(across.count, 1));
        uint weight_tap = (down.first + j * down.step) * kernel.x + across.first +
                          (nth - j * across.count) * across.step;
        from = (weight_k - nth * source_channels) * weight_row + weight_tap * channels + column;
      }
      put_column(at, inside ? weight_scalar(weight_base + from) : 0);
    }
    barrier();
    multiply_tile();
    barrier();
  }
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
    uint pixel = first + row_in_tile(i);
    uint line = divide(pixel, cells.x);
    uint image = divide(line, cells.y);
    uvec2 cell = uvec2(pixel - line * cells.x, line - image * cells.y);
    uvec2 target = BACKWARD ? cell * stride + phase : cell;
    uint to = (image * target_size.y + target.y) * target_size.x + target.x;
    to = (to * groups + group) * columns;
    [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; j += D_VECTORS ? 4 : 1) {
      uint column = first_column + column_in_tile(j);
      if (pixel < pixels && column < columns)
        store(to + column, group * columns + column, i * THREAD_COLUMNS + j);
    }
  }
}
