// SPDX-License-Identifier: Apache-2.0
// dx = the sum over the windows that cover an element of dy / number of elements of the window.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "pool/pool.glsl"

layout(binding = 0) readonly buffer DY { VALUE dy[]; };
layout(binding = 1) writeonly buffer DX { VALUE dx[]; };

void element(uint at) {
  Place place = place_of(at, params.height, params.width);
  uvec2 rows = windows_over(place.row, params.pooled_height);
  uvec2 columns = windows_over(place.column, params.pooled_width);
  VALUE total = VALUE(0);
  for (uint row = rows.x; row < rows.y; ++row)
    for (uint column = columns.x; column < columns.y; ++column)
      total += dy[pooled_pixel(place.image, row, column) + place.channel] /
               divisor(window(row, params.height), window(column, params.width));
  dx[at] = total;
}

EACH_ELEMENT
