// SPDX-License-Identifier: Apache-2.0
// What an epilogue applies last, by the constant ACTIVATION, declared before: 0 none, 1 relu. The
// same bits as math_relu: NaN stays NaN, which max(x, 0) would lose.
float activate(float x) { return ACTIVATION == 1 && x < 0.0 ? 0.0 : x; }
vec4 activate(vec4 x) { return ACTIVATION == 1 ? mix(x, vec4(0), lessThan(x, vec4(0))) : x; }
