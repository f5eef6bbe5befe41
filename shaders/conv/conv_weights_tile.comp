// SPDX-License-Identifier: Apache-2.0
// Backward of a convolution through its weights by shared-memory tiles: the form for GPUs. Rows are
// k, columns (r, s, c), the depth is the pixels of y; grid z is the split of the pixels whose sums
// go to dw[split]; along x, row blocks of one group of channels follow those of another.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/shared_tile.glsl"
#include "conv/params.h"
#include "conv/taps.glsl"

layout(constant_id = 5) const bool GIVES_SUMS = false;

OPERAND(0, dy)
OPERAND(1, x)
layout(binding = 2) writeonly buffer D { float d[]; };
layout(binding = 3) writeonly buffer DepthSums { float depth_sums[]; };

float row_operand(uint row, uint pixel) { return dy_scalar(pixel * params.out_channels + row); }
#include "common/depth_sums.glsl"

void main() {
  uvec2 size = uvec2(params.width, params.height);
  uvec2 out_size = uvec2(params.out_width, params.out_height);
  uvec2 stride = uvec2(params.stride_width, params.stride_height);
  uint kernel_width = params.kernel_width, groups = params.groups;
  uint channels = divide(params.channels, groups), rows = divide(params.out_channels, groups);
  uint columns = params.kernel_height * kernel_width * channels;
  uint blocks = divide(rows + ROWS - 1, ROWS), group = divide(gl_WorkGroupID.x, blocks);
  uint group_row = group * rows;
  uint first_row = (gl_WorkGroupID.x - group * blocks) * ROWS;
  uint first_column = gl_WorkGroupID.y * COLUMNS;
  uint begin = gl_WorkGroupID.z * params.split_pixels;
  uint end = min(begin + params.split_pixels, params.images * out_size.x * out_size.y);

  if (is_for_sums()) {
    uint target = gl_WorkGroupID.z * params.split_stride + params.sums_offset;
    give_depth_sums(group_row + first_row, ROWS, group_row + rows, begin, end, target);
    return;
  }

  uint load_column = first_column + slot(0, COLUMNS, false).y;  // the same in all turns
  uint tap = divide(load_column, channels);
  uint tap_y = divide(tap, kernel_width);
  uvec2 offset =
      uvec2((tap - tap_y * kernel_width) * params.dilation_width - params.pad_width,
            tap_y * params.dilation_height - params.pad_height);
  uint channel = load_column - tap * channels;

  clear_sums();
  for (uint k = begin; k < end; k += DEPTH) {
    [[unroll]] for (uint turn = 0; turn < ROW_LOADS; ++turn) {
      uvec2 at = slot(turn, ROWS, false);
      uint pixel = k + at.x, row = first_row + at.y;
      put_row(at, pixel < end && row < rows ? row_operand(group_row + row, pixel) : 0);
    }
    [[unroll]] for (uint turn = 0; turn < COLUMN_LOADS; ++turn) {
      uvec2 at = slot(turn, COLUMNS, false);
      uint pixel = k + at.x;
      uint line = divide(pixel, out_size.x);
      uint image = divide(line, out_size.y);
      uvec2 from = uvec2(pixel - line * out_size.x, line - image * out_size.y) * stride + offset;
      bool inside = pixel < end && load_column < columns && from.x < size.x && from.y < size.y;
      uint pixel_of_x = (image * size.y + from.y) * size.x + from.x;
      uint element = (pixel_of_x * groups + group) * channels + channel;
      put_column(at, inside ? x_scalar(element) : 0);
    }
    barrier();
    multiply_tile();
    barrier();
  }
  uint d_begin = gl_WorkGroupID.z * params.split_stride;
  [[unroll]] for (uint i = 0; i < THREAD_ROWS; ++i) {
    uint row = first_row + row_in_tile(i);
    [[unroll]] for (uint j = 0; j < THREAD_COLUMNS; ++j) {
      uint column = first_column + column_in_tile(j);
      if (row < rows && column < columns)
        d[d_begin + (group_row + row) * columns + column] = sums[i * THREAD_COLUMNS + j];
    }
  }
}
