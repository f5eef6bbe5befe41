// SPDX-License-Identifier: Apache-2.0
// Images turned, scaled, mirrored and moved: each has a map [2, 3] from places in the result to
// places in the operand, which are bilinear mixes of four pixels, zeros outside. No archetype
// serves: which pixels count comes from data.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "image/params.h"
#include "common/images.glsl"

IMAGES(0, x)
OPERAND(1, maps)  // as scalars
layout(binding = 2) writeonly buffer Y { VALUE y[]; };

uint height, width;
void prepare() { height = params.height, width = params.width; }

VALUE pixel(uint image, int row, int column, uint channel) {
  bool inside = row >= 0 && row < int(height) && column >= 0 && column < int(width);
  uint at = (image * height + uint(row)) * width + uint(column);
  VALUE v = x(inside ? at * channels + channel : 0);
  if (!inside) v = VALUE(0);
  return v;
}

void element(uint at, Place place) {
  vec3 own = vec3(float(place.column) - 0.5 * float(columns - 1),
                  float(place.row) - 0.5 * float(rows - 1), 1.0);
  uint map = 6 * place.image;
  float column = own.x * maps_scalar(map) + own.y * maps_scalar(map + 1) + maps_scalar(map + 2);
  float row = own.x * maps_scalar(map + 3) + own.y * maps_scalar(map + 4) + maps_scalar(map + 5);
  // Further out there are but zeros, and numbers that no int holds.
  column = clamp(column + 0.5 * float(width - 1), -2.0, float(width) + 1.0);
  row = clamp(row + 0.5 * float(height - 1), -2.0, float(height) + 1.0);
  float left = floor(column), top = floor(row), right_part = column - left, low_part = row - top;
  int c = int(left), r = int(top);
  VALUE high = pixel(place.image, r, c, place.channel) * (1.0 - right_part) +
               pixel(place.image, r, c + 1, place.channel) * right_part;
  VALUE low = pixel(place.image, r + 1, c, place.channel) * (1.0 - right_part) +
              pixel(place.image, r + 1, c + 1, place.channel) * right_part;
  y[at] = high * (1.0 - low_part) + low * low_part;
}

EACH_ELEMENT
