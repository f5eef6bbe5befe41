// SPDX-License-Identifier: Apache-2.0
// Images of another size: a pixel of the result is a weighted sum of pixels, with a weight for the
// row times one for the column. TRANSPOSED, the same map backwards: each pixel of the result looks
// at the resized pixels that it was part of (no atomics, one order of additions). No archetype
// serves: which pixels count depends on the place.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "image/params.h"
#include "common/images.glsl"

layout(constant_id = 1) const bool BILINEAR = false;
layout(constant_id = 2) const bool TRANSPOSED = false;

IMAGES(0, x)
layout(binding = 1) writeonly buffer Y { VALUE y[]; };

uint height, width;
void prepare() { height = params.height, width = params.width; }

// Along one axis `from` pixels are resized to `to`. All positions are whole numbers, so that every
// device agrees. The centre of resized pixel i lies at (i + 1/2) from / to, less 1/2, and not
// beyond the centres of the first and the last pixel; in units of 1 / (2 to):
uint centre(uint i, uint from, uint to) {
  uint at = (2 * i + 1) * from;
  return at < to ? 0 : min(at - to, 2 * to * (from - 1));
}

// Pixels [x, y) that resized pixel i is made of.
uvec2 sources(uint i, uint from, uint to) {
  if (!BILINEAR) {
    uint nearest = divide(i * from, to);
    return uvec2(nearest, nearest + 1);
  }
  uint at = centre(i, from, to), first = divide(at, 2 * to);
  return uvec2(first, first + (at == 2 * to * first ? 1 : 2));
}

// Resized pixels [x, y) that pixel j is part of: those whose centre is less than 1 away.
uvec2 uses(uint j, uint from, uint to) {
  uint first = j * to + from - 1;
  if (!BILINEAR) return uvec2(divide(first, from), divide(first + to, from));
  uint before = (2 * j - 1) * to, after = (2 * j + 3) * to;  // before: not where j is 0
  uint begin = j == 0 || before < from ? 0 : divide(before - from, 2 * from) + 1;
  return uvec2(begin, j == from - 1 ? to : divide(after + from - 1, 2 * from));
}

// The part of pixel j in resized pixel i: 1 at the same place, less by distance.
float weight(uint i, uint j, uint from, uint to) {
  if (!BILINEAR) return 1.0;
  uint at = centre(i, from, to), own = 2 * to * j, apart = at < own ? own - at : at - own;
  return float(2 * to - apart) / float(2 * to);
}

// The same, of the result's pixel `own` and the operand's pixel `other`.
uvec2 others(uint own, uint size, uint other_size) {
  return TRANSPOSED ? uses(own, size, other_size) : sources(own, other_size, size);
}
float part(uint own, uint other, uint size, uint other_size) {
  return TRANSPOSED ? weight(other, own, size, other_size) : weight(own, other, other_size, size);
}

void element(uint at, Place place) {
  uvec2 over_rows = others(place.row, rows, height);
  uvec2 over_columns = others(place.column, columns, width);
  VALUE total = VALUE(0);
  for (uint row = over_rows.x; row < over_rows.y; ++row) {
    float row_part = part(place.row, row, rows, height);
    uint line = (place.image * height + row) * width;
    for (uint column = over_columns.x; column < over_columns.y; ++column)
      total += x((line + column) * channels + place.channel) *
               (row_part * part(place.column, column, columns, width));
  }
  y[at] = total;
}

EACH_ELEMENT
