// SPDX-License-Identifier: Apache-2.0
// The arithmetic of one step of a simple recurrent layer, for four units of one row;
// recurrent/steps.glsl does the rest.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "recurrent/cell.glsl"

layout(constant_id = 10) const bool RELU = false;  // in place of tanh

const uint GATES = 1;
const uint SAVED = 1;  // h

vec4 forward(vec4 x[GATES], vec4 sums[GATES], vec4 h, inout vec4 c, out vec4 saved[SAVED]) {
  vec4 a = x[0] + sums[0];
  saved[0] = RELU ? math_relu(a) : math_tanh(a);
  return saved[0];
}

vec4 backward(vec4 saved[SAVED], vec4 h_before, vec4 dh, inout vec4 dc, out vec4 dx[GATES],
              out vec4 dsums[GATES]) {
  vec4 h = saved[0];
  dx[0] = RELU ? mix(vec4(0), dh, greaterThan(h, vec4(0))) : dh * (1 - h * h);
  dsums = dx;
  return vec4(0);
}

#include "recurrent/steps.glsl"
