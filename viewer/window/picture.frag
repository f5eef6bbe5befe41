// SPDX-License-Identifier: Apache-2.0
// Pixels of a grid of images, straight from the buffer that holds them, nearest neighbour.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "viewer/colors.inc"
#include "viewer/window/picture_params.h"

layout(set = 0, binding = 0) readonly buffer Values { float values[]; };
layout(location = 0) out vec4 color;

const vec3 viridis[] = vec3[](VIRIDIS(vec3));
const vec3 blue_red[] = vec3[](BLUE_RED(vec3));

// Not isnan(): drivers may assume that it never is.
bool is_finite(float value) { return (floatBitsToUint(value) & 0x7f800000u) != 0x7f800000u; }

// The value as 0 to 1.
float part(float value) {
  return clamp((value - params.low) / (params.high - params.low), 0.0, 1.0);
}

vec3 sequential(float at) {
  float place = at * float(viridis.length() - 1);
  int below = min(int(place), viridis.length() - 2);
  return mix(viridis[below], viridis[below + 1], place - float(below)) / 255.0;
}

vec3 diverging(float at) {
  float place = at * float(blue_red.length() - 1);
  int below = min(int(place), blue_red.length() - 2);
  return mix(blue_red[below], blue_red[below + 1], place - float(below)) / 255.0;
}

vec3 color_of(float value) {
  if (!is_finite(value)) return vec3(NOT_FINITE) / 255.0;
  if (params.colors == 1u) return sequential(part(value));
  if (params.colors == 2u) return diverging(part(value));
  return vec3(part(value));
}

void main() {
  vec2 whole = vec2(params.width, params.height);
  vec2 place = vec2(params.from_x, params.from_y) * whole +
               (gl_FragCoord.xy - vec2(params.left, params.top)) / params.zoom;
  vec2 cell = vec2(params.cell_width, params.cell_height);
  uvec2 at = uvec2(max(floor(place / (cell + params.gap)), 0.0));
  vec2 inside = place - vec2(at) * (cell + params.gap);
  uint image = at.y * params.columns + at.x;
  if (at.x >= params.columns || image >= params.images || any(greaterThanEqual(inside, cell)))
    discard;  // a gap, or beyond the last image

  uvec2 size = uvec2(params.image_width, params.image_height);
  uvec2 pixel = min(uvec2(inside / cell * vec2(size)), size - 1u);
  uint element = params.first +
                 (((params.first_image + image) * size.y + pixel.y) * size.x + pixel.x) *
                     params.channels;
  if (params.channels == 1u) {
    color = vec4(color_of(values[element]), 1.0);
    return;
  }
  vec3 rgb = vec3(values[element], values[element + 1u], values[element + 2u]);
  bool finite = is_finite(rgb.r) && is_finite(rgb.g) && is_finite(rgb.b);
  vec3 shown = finite ? vec3(part(rgb.r), part(rgb.g), part(rgb.b)) : vec3(NOT_FINITE) / 255.0;
  color = vec4(shown, 1.0);
}
