// SPDX-License-Identifier: Apache-2.0
// Largest (MAX) or mean value of every window. Not a line kernel: windows are two-dimensional,
// overlap and end at edges.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "pool/pool.glsl"

layout(constant_id = 2) const bool MAX = true;

layout(binding = 0) readonly buffer X { VALUE x[]; };
layout(binding = 1) writeonly buffer Y { VALUE y[]; };

float larger(float a, float b) { return b > a || is_nan(b) ? b : a; }
vec4 larger(vec4 a, vec4 b) {
  return vec4(larger(a.x, b.x), larger(a.y, b.y), larger(a.z, b.z), larger(a.w, b.w));
}

void element(uint at) {
  Place place = place_of(at, params.pooled_height, params.pooled_width);
  uvec2 rows = window(place.row, params.height), columns = window(place.column, params.width);
  VALUE total = VALUE(MAX ? uintBitsToFloat(0xff800000u) : 0.0);
  for (uint row = rows.x; row < rows.y; ++row) {
    for (uint column = columns.x; column < columns.y; ++column) {
      VALUE value = x[pixel(place.image, row, column) + place.channel];
      total = MAX ? larger(total, value) : total + value;
    }
  }
  y[at] = MAX ? total : total / divisor(rows, columns);
}

EACH_ELEMENT
