// SPDX-License-Identifier: Apache-2.0
// Largest (MAX) or mean value of every window. Not a line kernel: windows are two-dimensional,
// overlap and end at edges.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "pool/pool.glsl"

IMAGES(0, x)
layout(binding = 1) writeonly buffer Y { VALUE y[]; };

bool is_nan(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }
float larger(float a, float b) { return b > a || is_nan(b) ? b : a; }
vec4 larger(vec4 a, vec4 b) {
  return vec4(larger(a.x, b.x), larger(a.y, b.y), larger(a.z, b.z), larger(a.w, b.w));
}

void element(uint at, Place place) {
  uint top = place.row * STRIDE - PAD, left = place.column * STRIDE - PAD;  // wrap if negative
  uint tall = KERNEL, wide = KERNEL;
  if (KERNEL == 0) {
    uvec2 over_rows = window(place.row, height, rows);
    uvec2 over_columns = window(place.column, width, columns);
    top = over_rows.x, left = over_columns.x;
    tall = over_rows.y - top, wide = over_columns.y - left;
  }
  VALUE none = VALUE(MAX ? uintBitsToFloat(0xff800000u) : 0.0), total = none;
  for (uint r = 0; r < tall; ++r) {
    for (uint c = 0; c < wide; ++c) {
      // Without padding no window ends at an edge: their number is rounded down.
      bool inside = PAD == 0 || (top + r < height && left + c < width);
      VALUE value = x(inside ? pixel(place.image, top + r, left + c) + place.channel : 0);
      if (!inside) value = none;
      total = MAX ? larger(total, value) : total + value;
    }
  }
  if (!MAX) total /= divisor(window(place.row, height, rows), window(place.column, width, columns));
  y[at] = total;
}

EACH_ELEMENT
