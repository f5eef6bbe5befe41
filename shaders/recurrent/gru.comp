// SPDX-License-Identifier: Apache-2.0
// The arithmetic of one GRU step, for four units of one row; recurrent/steps.glsl does the rest.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "recurrent/cell.glsl"

const uint GATES = 3;  // r, z, n
const uint SAVED = 4;  // the same, activated, and n's recurrent part
#define BIAS

vec4 forward(vec4 x[GATES], vec4 sums[GATES], vec4 h, inout vec4 c, out vec4 saved[SAVED]) {
  saved[3] = sums[2];
  IN_ITS_OWN_BLOCK saved[0] = math_sigmoid(x[0] + sums[0]);
  IN_ITS_OWN_BLOCK saved[1] = math_sigmoid(x[1] + sums[1]);
  IN_ITS_OWN_BLOCK saved[2] = math_tanh(x[2] + saved[0] * sums[2]);
  return saved[2] + saved[1] * (h - saved[2]);
}

vec4 backward(vec4 saved[SAVED], vec4 h_before, vec4 dh, inout vec4 dc, out vec4 dx[GATES],
              out vec4 dsums[GATES]) {
  vec4 r = saved[0], z = saved[1], n = saved[2];
  dx[2] = dh * (1 - z) * (1 - n * n);
  dx[1] = dh * (h_before - n) * z * (1 - z);
  dx[0] = dx[2] * saved[3] * r * (1 - r);
  dsums = dx;
  dsums[2] = dx[2] * r;
  return dh * z;
}

#include "recurrent/steps.glsl"
