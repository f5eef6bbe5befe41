// SPDX-License-Identifier: Apache-2.0
// dx = the sum over the windows that cover an element of dy / number of elements of the window.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "pool/pool.glsl"

IMAGES(0, dy)
layout(binding = 1) writeonly buffer DX { VALUE dx[]; };

void element(uint at, Place place) {
  uvec2 rows = windows_over(place.row, height, pooled_height);
  uvec2 columns = windows_over(place.column, width, pooled_width);
  VALUE total = VALUE(0);
  for (uint row = rows.x; row < rows.y; ++row)
    for (uint column = columns.x; column < columns.y; ++column)
      total += dy(pooled_pixel(place.image, row, column) + place.channel) /
               divisor(window(row, height, pooled_height), window(column, width, pooled_width));
  dx[at] = total;
}

EACH_ELEMENT
