// SPDX-License-Identifier: Apache-2.0
// Convolution (x -> y), or BACKWARD through x (y -> x, also the transposed convolution), as a
// matrix product by shared-memory tiles: the form for GPUs. Rows are pixels of the destination,
// columns its channels, k's the taps and the channels of the source; backward, a workgroup has one
// phase. Grid z is the group of channels.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(constant_id = 5) const bool BACKWARD = false;
const bool ROWS_ALONG_K = true;
const bool COLUMNS_ALONG_K = !BACKWARD;
#include "common/product_tile.glsl"
#include "conv/params.h"
#include "conv/taps.glsl"

layout(constant_id = 6) const bool SOURCE_PIECES = false;  // its channels, of a group, % PIECE == 0
layout(constant_id = 7) const bool WEIGHT_PIECES = false;  // so neighbours along a column or a row
layout(constant_id = 8) const bool D_VECTORS = false;  // the destination's channels % 4 == 0

TILE_OPERAND(0, source)
TILE_OPERAND(1, weight)
OPERAND(2, extra)  // a bias or a mask
RESULT(3, d)

#include "common/activation.glsl"
#include "common/store.glsl"

const uint NOWHERE = 0xffffffffu;
uint groups, group, depth, columns, first_column, source_channels, weight_row, weight_base;
uvec2 kernel, source_size;
Taps across, down;
uvec2 row_pixel[ROW_TURNS];  // the pixel that tap 0 reads; wraps if negative
uint row_line[ROW_TURNS];    // the line of the sources where its image begins

uint source_index(uint turn, uint k) {
  if (k >= depth) return NOWHERE;
  uint tap = divide(k, source_channels);
  uint i = divide(tap, max(across.count, 1));
  uvec2 from = row_pixel[turn] +
               uvec2(int(tap - i * across.count) * across.advance, int(i) * down.advance);
  if (from.x >= source_size.x || from.y >= source_size.y) return NOWHERE;
  uint pixel = (row_line[turn] + from.y) * source_size.x + from.x;
  return (pixel * groups + group - tap) * source_channels + k;
}

Piece load_source(uint turn, uint k) {
  Piece piece = Piece(0);
  [[unroll]] for (uint e = 0; e < (SOURCE_PIECES ? 1 : PIECE); ++e) {
    uint from = source_index(turn, k + e);
    if (from == NOWHERE) continue;
    if (SOURCE_PIECES) piece = source_piece(from);
    else set_element(piece, e, source_element(from));
  }
  return piece;
}

Piece load_weight(uvec2 at) {
  Piece piece = Piece(0);
  if (at.x >= depth || at.y >= columns) return piece;
  uint from = weight_base + at.y * weight_row + at.x;
  if (BACKWARD) {
    uint nth = divide(at.x, source_channels);
    uint j = divide(nth, max(across.count, 1));
    uint tap = (down.first + j * down.step) * kernel.x + across.first +
               (nth - j * across.count) * across.step;
    from = weight_base + (at.x - nth * source_channels) * weight_row + tap * columns + at.y;
  }
  if (WEIGHT_PIECES) return weight_piece(from);
  uint left = BACKWARD ? columns - at.y : depth - at.x;
  [[unroll]] for (uint e = 0; e < PIECE; ++e)
    if (e < left) set_element(piece, e, weight_element(from + e));
  return piece;
}

void load_next(uint k) {
  [[unroll]] for (uint turn = 0; turn < ROW_TURNS; ++turn)
    next_rows[turn] = load_source(turn, k + row_at(turn).x);
  [[unroll]] for (uint turn = 0; turn < COLUMN_TURNS; ++turn)
    next_columns[turn] = load_weight(column_at(turn) + uvec2(k, first_column));
}

void main() {
  uvec2 size = uvec2(params.width, params.height);
  uvec2 out_size = uvec2(params.out_width, params.out_height);
  uvec2 stride = uvec2(params.stride_width, params.stride_height);
  uvec2 pad = uvec2(params.pad_width, params.pad_height);
  uvec2 dilation = uvec2(params.dilation_width, params.dilation_height);
  kernel = uvec2(params.kernel_width, params.kernel_height);
  groups = params.groups;
  group = gl_WorkGroupID.z;
  uint channels = divide(params.channels, groups);  // of a group, as columns and source_channels
  uint out_channels = divide(params.out_channels, groups);
  weight_row = kernel.x * kernel.y * channels;
  weight_base = group * out_channels * weight_row;
  columns = BACKWARD ? channels : out_channels;
  source_channels = BACKWARD ? out_channels : channels;
  source_size = BACKWARD ? out_size : size;
  uvec2 target_size = BACKWARD ? size : out_size;

  uint phases = BACKWARD ? stride.x * stride.y : 1;
  uint block = divide(gl_WorkGroupID.x, phases);
  uint phase_index = gl_WorkGroupID.x - block * phases;
  uint phase_y = divide(phase_index, stride.x);
  uvec2 phase = uvec2(phase_index - phase_y * stride.x, phase_y);
  uvec2 cells = target_size;  // pixels of this phase, per image
  uvec2 tap_zero = -pad;      // what tap 0 of pixel 0 reads
  across = forward_taps(kernel.x, dilation.x);
  down = forward_taps(kernel.y, dilation.y);
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
  first_column = gl_WorkGroupID.y * COLUMNS;

  [[unroll]] for (uint turn = 0; turn < ROW_TURNS; ++turn) {
    uint pixel = min(first + row_at(turn).y, pixels - 1);
    uint line = divide(pixel, cells.x);
    uint image = divide(line, cells.y);
    uvec2 cell = uvec2(pixel - line * cells.x, line - image * cells.y);
    row_pixel[turn] = (BACKWARD ? cell : cell * stride) + tap_zero;
    row_line[turn] = image * source_size.y;
  }

  depth = across.count * down.count * source_channels;
  clear_sums();
  load_next(0);
  for (uint k = 0; k < depth; k += DEPTH) {
    put_next();
    load_next(k + DEPTH);  // after the last turn zeros, which cost no load
    multiply_tile();
  }
  [[unroll]] for (uint part = 0; part < PARTS; ++part) {
    begin_part(part);
    [[unroll]] for (uint i = 0; i < PART_QUADS; ++i) {
      uvec2 at = quad_at(part, i);
      uint from = quad_sums(part, i), column = first_column + at.y, pixel = first + at.x;
      uint line = divide(pixel, cells.x);
      uint image = divide(line, cells.y);
      uvec2 cell = uvec2(pixel - line * cells.x, line - image * cells.y);
      uvec2 target = BACKWARD ? cell * stride + phase : cell;
      uint to = (image * target_size.y + target.y) * target_size.x + target.x;
      to = (to * groups + group) * columns;
      [[unroll]] for (uint j = 0; j < 4; j += D_VECTORS ? 4 : 1)
        if (pixel < pixels && column + j < columns)
          store(to + column + j, group * columns + column + j, from + j);
    }
  }
}
