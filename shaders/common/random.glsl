// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 (runtime/base/philox.h): the same bits as on the host.

uvec4 philox4x32(uvec4 counter, uvec2 key) {
  for (int round = 0; round < 10; ++round) {
    uint a_high, a_low, b_high, b_low;
    umulExtended(0xD2511F53u, counter.x, a_high, a_low);
    umulExtended(0xCD9E8D57u, counter.z, b_high, b_low);
    counter = uvec4(b_high ^ counter.y ^ key.x, b_low, a_high ^ counter.w ^ key.y, a_low);
    key += uvec2(0x9E3779B9u, 0xBB67AE85u);
  }
  return counter;
}

// Random bits to [0, 1): multiples of 2^-24, exact in f32.
vec4 unit_float(uvec4 bits) { return vec4(bits >> 8) * 5.9604644775390625e-8; }
