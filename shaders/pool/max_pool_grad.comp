// SPDX-License-Identifier: Apache-2.0
// dx = the sum of dy over the windows in which x is the first largest element. Every input element
// looks at the windows that cover it: no index tensor, no atomics, one order of additions.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "pool/pool.glsl"

IMAGES(0, x)
IMAGES(1, y)
IMAGES(2, dy)
IMAGES(3, mask)
layout(binding = 4) writeonly buffer DX { VALUE dx[]; };

#include "pool/mask.glsl"

#ifdef VECTORS
vec4 same(vec4 a, vec4 b) { return vec4(equal(a, b)); }
#else
float same(float a, float b) { return a == b ? 1.0 : 0.0; }
#endif

// 1 where no element of the window before (row, column) is the largest.
VALUE none_before(VALUE largest, Place place, uvec2 rows, uvec2 columns) {
  VALUE none = VALUE(1);
  for (uint row = rows.x; row <= place.row; ++row) {
    uint stop = row == place.row ? place.column : columns.y;
    for (uint column = columns.x; column < stop; ++column)
      none *= 1.0 - same(x(pixel(place.image, row, column) + place.channel), largest);
  }
  return none;
}

void element(uint at, Place place) {
  uvec2 rows = windows_over(place.row, height, pooled_height);
  uvec2 columns = windows_over(place.column, width, pooled_width);
  VALUE own = x(at), total = VALUE(0);
  for (uint row = rows.x; row < rows.y; ++row) {
    for (uint column = columns.x; column < columns.y; ++column) {
      uint pooled = pooled_pixel(place.image, row, column) + place.channel;
      VALUE largest = y(pooled);
      VALUE chosen = same(own, largest);
      if (chosen != VALUE(0))
        chosen *= none_before(largest, place, window(row, height, pooled_height),
                              window(column, width, pooled_width));
      total += chosen * dy(pooled);
    }
  }
  dx[at] = masked(total, at);
}

EACH_ELEMENT
