// SPDX-License-Identifier: Apache-2.0
// Backward of a convolution through its weights by register tiles (common/tile.glsl):
//   dw[k, r, s, c] = sum over pixels (n, p, q) of
//                    dy[n, p, q, k] * x[n, p * stride - pad + r * dilation, .., c]
// Rows are k, columns (r, s, c), and the pixels of y are the depth; grid z is the split of the
// pixels whose sums go to dw[split]; along x, row blocks of one group of channels follow those of
// another.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/tile.glsl"
#include "conv/params.h"
#include "conv/taps.glsl"

layout(constant_id = 7) const bool DY_VECTORS = true;  // out_channels % 4 == 0
layout(constant_id = 8) const bool X_VECTORS = true;   // channels and TILE_COLUMNS divide by 4
layout(constant_id = 9) const bool D_VECTORS = true;   // R * S * C % 4 == 0, TILE_COLUMNS % 4 == 0
layout(constant_id = 10) const bool PIXEL_TAIL = false; // images * out_height * out_width % 4 != 0
layout(constant_id = 11) const bool GIVES_SUMS = false;

OPERAND(0, dy)
OPERAND(1, x)
layout(binding = 2) writeonly buffer D { float d[]; };
layout(binding = 2) writeonly buffer DVectors { vec4 d_vectors[]; };
layout(binding = 3) writeonly buffer DepthSums { float depth_sums[]; };

uint rows, columns, pixel_end, first_row;  // rows first_row to rows - 1 are of this group
uint groups, group, out_channels;
float row_operand(uint row, uint pixel) {
  uint at = pixel * out_channels + row;
  return DY_VECTORS ? dy_vector(at / 4)[at % 4] : dy_scalar(at);
}
vec4 row_operands(uint row, uint pixel) { return dy_vector((pixel * out_channels + row) / 4); }
#define FOUR_ROWS DY_VECTORS
#include "common/depth_sums.glsl"

uint row_base[ROW_VECTORS];      // where this lane's vectors of dy begin, without the pixel
uint row_pixel[ROW_VECTORS];     // which of four pixels they hold
uint column_y[TILE_COLUMNS];     // the tap of this lane's columns, in pixels of x
uint column_x[TILE_COLUMNS];
uint column_base[TILE_COLUMNS];  // and in elements, from the pixel that stride * (p, q) names

bool in_depth(uint pixel) { return !PIXEL_TAIL || pixel < pixel_end; }

// The row whose sums stand at `row` of the tile: edges repeat the last row, or the last four.
uint row_of(uint row) {
  if (DY_VECTORS) return min(first_row + row / 4 * 4, rows - 4) + row % 4;
  return min(first_row + row, rows - 1);
}

void find_operands(uint panel, uvec2 size, uvec2 pad, uvec2 dilation, uint kernel_width,
                   uint channels) {
  [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g) {
    uint i = g * LANES + lane;
    uint quad = i % (TILE_ROWS / 4) * 4;
    row_base[g] = DY_VECTORS ? row_of(quad) : quad;
    row_pixel[g] = i / (TILE_ROWS / 4);
  }
  [[unroll]] for (uint j = 0; j < TILE_COLUMNS; j += X_VECTORS ? 4 : 1) {
    uint column = min(column_of(panel, j), columns - 1);
    uint tap = divide(column, channels);
    uint c = column - tap * channels;
    uint tap_y = divide(tap, kernel_width);
    column_y[j] = tap_y * dilation.y - pad.y;
    column_x[j] = (tap - tap_y * kernel_width) * dilation.x - pad.x;
    column_base[j] = (column_y[j] * size.x + column_x[j]) * groups * channels + c;
  }
}

// Four k's of one pixel.
vec4 load_row_vector(uint g, uint pixel) {
  uint this_pixel = pixel + row_pixel[g];
  uint at = (PIXEL_TAIL ? min(this_pixel, pixel_end - 1) : this_pixel) * out_channels;
  vec4 v;
  if (DY_VECTORS) {
    v = dy_vector((at + row_base[g]) / 4);
  } else {
    [[unroll]] for (uint e = 0; e < 4; ++e) v[e] = dy_scalar(at + row_of(row_base[g] + e));
  }
  return in_depth(this_pixel) ? v : vec4(0);
}

// What one pixel of y reads of x for this lane's columns; `origin` is the element of tap (0, 0).
void load_columns(uint q, bool valid, uvec2 at, uint origin, uvec2 size) {
  [[unroll]] for (uint j = 0; j < TILE_COLUMNS; j += X_VECTORS ? 4 : 1) {
    bool inside = at.y + column_y[j] < size.y && at.x + column_x[j] < size.x && valid;
    uint from = inside ? origin + column_base[j] : 0;
    uint i = q * TILE_COLUMNS + j;
    if (X_VECTORS) {
      vec4 v = x_vector(from / 4);
      [[unroll]] for (uint e = 0; e < 4; ++e) column_values[i + e] = inside ? v[e] : 0.0;
    } else {
      float v = x_scalar(from);
      column_values[i] = inside ? v : 0.0;
    }
  }
}

// One branch a column, not one an element: branches are what makes this kernel slow to compile.
void store(uint panel, uint d_begin) {
  [[unroll]] for (uint j = 0; j < TILE_COLUMNS; j += D_VECTORS ? 4 : 1) {
    uint column = column_of(panel, j);
    if (column < columns) {
      [[unroll]] for (uint row = 0; row < TILE_ROWS; ++row) {
        uint at = d_begin + row_of(row) * columns + column;
        uint i = row * TILE_COLUMNS + j;
        if (D_VECTORS) d_vectors[at / 4] = vec4(sums[i], sums[i + 1], sums[i + 2], sums[i + 3]);
        else d[at] = sums[i];
      }
    }
  }
}

void main() {
  uvec2 size = uvec2(params.width, params.height);
  uvec2 out_size = uvec2(params.out_width, params.out_height);
  uvec2 stride = uvec2(params.stride_width, params.stride_height);
  uint kernel_width = params.kernel_width;
  groups = params.groups;
  out_channels = params.out_channels;
  uint channels = divide(params.channels, groups), group_rows = divide(out_channels, groups);
  uint blocks = divide(group_rows + TILE_ROWS - 1, TILE_ROWS);
  group = divide(gl_WorkGroupID.x, blocks);
  columns = params.kernel_height * kernel_width * channels;
  first_row = group * group_rows + (gl_WorkGroupID.x - group * blocks) * TILE_ROWS;
  rows = (group + 1) * group_rows;
  uint panel = gl_WorkGroupID.y * PANEL;
  uint pixel = gl_WorkGroupID.z * params.split_pixels;
  pixel_end = min(pixel + params.split_pixels, params.images * out_size.x * out_size.y);
  if (gives_depth_sums()) {
    uint target = gl_WorkGroupID.z * params.split_stride + params.sums_offset;
    give_depth_sums(first_row, TILE_ROWS, rows, pixel, pixel_end, target);
  }
  find_operands(panel, size, uvec2(params.pad_width, params.pad_height),
                uvec2(params.dilation_width, params.dilation_height), kernel_width, channels);

  uint q_x = pixel % out_size.x, line = pixel / out_size.x;
  uint q_y = line % out_size.y, image = line / out_size.y;
  clear_sums();
  for (; pixel < pixel_end; pixel += 4) {
    [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g) row_values[g] = load_row_vector(g, pixel);
    [[unroll]] for (uint q = 0; q < 4; ++q) {
      uvec2 at = uvec2(q_x, q_y) * stride;
      uint origin = (((image * size.y + at.y) * size.x + at.x) * groups + group) * channels;
      load_columns(q, in_depth(pixel + q), at, origin, size);
      bool next_line = q_x + 1 == out_size.x;
      bool next_image = next_line && q_y + 1 == out_size.y;
      q_x = next_line ? 0 : q_x + 1;
      q_y = next_image ? 0 : next_line ? q_y + 1 : q_y;
      image = next_image ? image + 1 : image;
    }
    multiply_tile(true);
  }
  store(panel, gl_WorkGroupID.z * params.split_stride);
}
