// SPDX-License-Identifier: Apache-2.0
// The end of a tile kernel: sum `i`, or with D_VECTORS four sums from it on, plus the bias at
// `column`, through the epilogue to element `at` of the RESULT d. Declared before: sums, HAS_BIAS,
// D_VECTORS.
void store(uint at, uint column, uint i) {
  if (!D_VECTORS) {
    d_put(at, activate(HAS_BIAS ? sums[i] + extra_scalar(column) : sums[i], at));
    return;
  }
  vec4 v = vec4(sums[i], sums[i + 1], sums[i + 2], sums[i + 3]);
  if (HAS_BIAS) {
    [[unroll]] for (uint e = 0; e < 4; ++e) v[e] += extra_scalar(column + e);
  }
  d_put(at / 4, activate(v, at));
}
