// SPDX-License-Identifier: Apache-2.0
// As max_pool_grad, where windows do not overlap (KERNEL <= STRIDE): an element of the grid is a
// cell of STRIDE x STRIDE pixels that begins with its window, so that everything is read and
// written once. Cells beyond the last window, and pixels between windows, become zeros.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "pool/pool.glsl"

layout(constant_id = 7) const bool WHOLE = false;  // cells fill the image, each with a window

IMAGES(0, x)
IMAGES(1, y)
IMAGES(2, dy)
IMAGES(3, mask)
layout(binding = 4) writeonly buffer DX { VALUE dx[]; };

#include "pool/mask.glsl"

#ifdef VECTORS
#define SAME(a, b) equal(a, b)
#define CHOICE bvec4
#else
#define SAME(a, b) (a == b)
#define CHOICE bool
#endif

void element(uint at, Place cell) {
  uint top = cell.row * STRIDE - PAD, left = cell.column * STRIDE - PAD;  // wrap if negative
  bool has_window = WHOLE || (cell.row < pooled_height && cell.column < pooled_width);
  uint pooled = has_window ? pooled_pixel(cell.image, cell.row, cell.column) + cell.channel : 0;
  VALUE largest = y(pooled), rest = dy(pooled);  // rest: zero once a pixel has had it
  if (!has_window) rest = VALUE(0);
  for (uint r = 0; r < STRIDE; ++r) {
    for (uint c = 0; c < STRIDE; ++c) {
      if (WHOLE || (top + r < height && left + c < width)) {
        uint i = pixel(cell.image, top + r, left + c) + cell.channel;
        VALUE share = VALUE(0);
        if (r < KERNEL && c < KERNEL) {
          CHOICE chosen = SAME(x(i), largest);
          share = mix(share, rest, chosen);
          rest = mix(rest, VALUE(0), chosen);
        }
        dx[i] = masked(share, i);
      }
    }
  }
}

EACH_ELEMENT
