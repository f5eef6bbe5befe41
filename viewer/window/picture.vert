// SPDX-License-Identifier: Apache-2.0
// A rectangle of the screen, in pixels: the corners of a triangle strip.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "viewer/window/picture_params.h"

void main() {
  vec2 corner = vec2(gl_VertexIndex & 1, gl_VertexIndex >> 1);
  vec2 pixel = vec2(params.left, params.top) + corner * vec2(params.width, params.height);
  vec2 screen = vec2(params.screen_width, params.screen_height);
  gl_Position = vec4(pixel / screen * 2.0 - 1.0, 0.0, 1.0);
}
