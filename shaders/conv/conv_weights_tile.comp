// SPDX-License-Identifier: Apache-2.0
// Backward of a convolution through its weights by shared-memory tiles: the form for GPUs. Rows are
// k, columns (r, s, c), the depth is the pixels of y; grid z is the split of the pixels whose sums
// go to dw[split]; along x, row blocks of one group of channels follow those of another.
#version 450
#extension GL_GOOGLE_include_directive : require
const bool ROWS_ALONG_K = false;
const bool COLUMNS_ALONG_K = false;
#include "common/product_tile.glsl"
#include "conv/params.h"
#include "conv/taps.glsl"

layout(constant_id = 5) const bool DY_PIECES = false;  // its channels, of a group, % PIECE == 0
layout(constant_id = 6) const bool X_PIECES = false;
layout(constant_id = 7) const bool GIVES_SUMS = false;

TILE_OPERAND(0, dy)
TILE_OPERAND(1, x)
layout(binding = 2) writeonly buffer D { float d[]; };
layout(binding = 3) writeonly buffer DepthSums { float depth_sums[]; };

float row_operand(uint row, uint pixel) { return dy_scalar(pixel * params.out_channels + row); }
#include "common/depth_sums.glsl"

uint groups, group, channels, rows, columns, first_row, first_column, end;
uvec2 size, out_size, stride;

// The columns that this invocation loads, the same in all turns: where they read, from where the
// stride puts a pixel. Those of a piece are alike but for the channel, where pieces can be loaded.
const uint APART = X_PIECES ? 1 : PIECE;
uvec2 offset[APART];
uint channel[APART];

void find_columns() {
  [[unroll]] for (uint e = 0; e < APART; ++e) {
    uint column = first_column + column_at(0).y + e;
    uint tap = divide(column, channels);
    uint tap_y = divide(tap, params.kernel_width);
    offset[e] = uvec2((tap - tap_y * params.kernel_width) * params.dilation_width,
                      tap_y * params.dilation_height) -
                uvec2(params.pad_width, params.pad_height);
    channel[e] = column - tap * channels;
  }
}

Piece load_dy(uvec2 at) {
  Piece piece = Piece(0);
  if (at.x >= end || at.y >= rows) return piece;
  uint from = at.x * params.out_channels + group * rows + at.y;
  if (DY_PIECES) return dy_piece(from);
  [[unroll]] for (uint e = 0; e < PIECE; ++e)
    if (at.y + e < rows) set_element(piece, e, dy_element(from + e));
  return piece;
}

Piece load_x(uvec2 at) {
  Piece piece = Piece(0);
  if (at.x >= end) return piece;
  uint line = divide(at.x, out_size.x);
  uint image = divide(line, out_size.y);
  uvec2 pixel = uvec2(at.x - line * out_size.x, line - image * out_size.y) * stride;
  [[unroll]] for (uint e = 0; e < APART; ++e) {
    uvec2 from = pixel + offset[e];
    if (at.y + e >= columns || from.x >= size.x || from.y >= size.y) continue;
    uint pixel_of_x = (image * size.y + from.y) * size.x + from.x;
    uint element = (pixel_of_x * groups + group) * channels + channel[e];
    if (X_PIECES) piece = x_piece(element);
    else set_element(piece, e, x_element(element));
  }
  return piece;
}

void load_next(uint k) {
  [[unroll]] for (uint turn = 0; turn < ROW_TURNS; ++turn)
    next_rows[turn] = load_dy(row_at(turn) + uvec2(k, first_row));
  [[unroll]] for (uint turn = 0; turn < COLUMN_TURNS; ++turn)
    next_columns[turn] = load_x(column_at(turn) + uvec2(k, first_column));
}

void main() {
  size = uvec2(params.width, params.height);
  out_size = uvec2(params.out_width, params.out_height);
  stride = uvec2(params.stride_width, params.stride_height);
  groups = params.groups;
  channels = divide(params.channels, groups);
  rows = divide(params.out_channels, groups);
  columns = params.kernel_height * params.kernel_width * channels;
  uint blocks = divide(rows + ROWS - 1, ROWS);
  group = divide(gl_WorkGroupID.x, blocks);
  first_row = (gl_WorkGroupID.x - group * blocks) * ROWS;
  first_column = gl_WorkGroupID.y * COLUMNS;
  uint begin = gl_WorkGroupID.z * params.split_pixels;
  end = min(begin + params.split_pixels, params.images * out_size.x * out_size.y);

  uint group_row = group * rows, d_begin = gl_WorkGroupID.z * params.split_stride;
  if (gives_depth_sums()) {
    uint target = d_begin + params.sums_offset;
    give_depth_sums(group_row + first_row, ROWS, group_row + rows, begin, end, target);
  }
  find_columns();

  clear_sums();
  load_next(begin);
  for (uint k = begin; k < end; k += DEPTH) {
    put_next();
    load_next(k + DEPTH);  // after the last turn zeros, which cost no load
    multiply_tile();
  }
  [[unroll]] for (uint part = 0; part < PARTS; ++part) {
    begin_part(part);
    [[unroll]] for (uint i = 0; i < PART_QUADS; ++i) {
      uvec2 at = uvec2(first_row, first_column) + quad_at(part, i);
      uint to = d_begin + (group_row + at.x) * columns + at.y, from = quad_sums(part, i);
      [[unroll]] for (uint j = 0; j < 4; ++j)
        if (at.x < rows && at.y + j < columns) d[to + j] = sums[from + j];
    }
  }
}
