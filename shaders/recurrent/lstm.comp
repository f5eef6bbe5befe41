// SPDX-License-Identifier: Apache-2.0
// The arithmetic of one LSTM step, for four units of one row; recurrent/steps.glsl does the rest.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "recurrent/cell.glsl"

const uint GATES = 4;  // i, f, g, o
const uint SAVED = 4;  // the same, activated
#define SECOND_STATE   // c

vec4 forward(vec4 x[GATES], vec4 sums[GATES], vec4 h, inout vec4 c, out vec4 saved[SAVED]) {
  IN_ITS_OWN_BLOCK saved[0] = math_sigmoid(x[0] + sums[0]);
  IN_ITS_OWN_BLOCK saved[1] = math_sigmoid(x[1] + sums[1]);
  IN_ITS_OWN_BLOCK saved[2] = math_tanh(x[2] + sums[2]);
  IN_ITS_OWN_BLOCK saved[3] = math_sigmoid(x[3] + sums[3]);
  c = saved[1] * c + saved[0] * saved[2];
  vec4 h_new;
  IN_ITS_OWN_BLOCK h_new = saved[3] * math_tanh(c);
  return h_new;
}

// From dh and dc of this step: the gates' gradients, and dc of the step before. Returns what of dh
// passes by the gates.
vec4 backward(vec4 saved[SAVED], vec4 c_before, vec4 dh, inout vec4 dc, out vec4 dx[GATES],
              out vec4 dsums[GATES]) {
  vec4 i = saved[0], f = saved[1], g = saved[2], o = saved[3];
  vec4 tanh_c = math_tanh(f * c_before + i * g);
  dc += dh * o * (1 - tanh_c * tanh_c);
  dx[0] = dc * g * i * (1 - i);
  dx[1] = dc * c_before * f * (1 - f);
  dx[2] = dc * i * (1 - g * g);
  dx[3] = dh * tanh_c * o * (1 - o);
  dsums = dx;
  dc *= f;
  return vec4(0);
}

#include "recurrent/steps.glsl"
