// SPDX-License-Identifier: Apache-2.0
// What an epilogue applies last, by the constant ACTIVATION, declared before: 0 none, 1 relu, 2 the
// mask of relu's gradient. The same bits as math_relu and math_relu_grad: NaN stays NaN, which
// max(x, 0) would lose. `at` is the element of the result; a mask, and else a bias, is the OPERAND
// called extra, also declared before.
float activate(float x, uint at) {
  if (ACTIVATION == 2) return extra_scalar(at) > 0.0 ? x : 0.0;
  return ACTIVATION == 1 && x < 0.0 ? 0.0 : x;
}
vec4 activate(vec4 x, uint at) {
  if (ACTIVATION == 2) return mix(vec4(0), x, greaterThan(extra_vector(at / 4), vec4(0)));
  return ACTIVATION == 1 ? mix(x, vec4(0), lessThan(x, vec4(0))) : x;
}
