// SPDX-License-Identifier: Apache-2.0
// 16-bit floats, which are stored two to a word and computed with as f32: f16 (IEEE binary16) and
// bf16 (the upper half of an f32). Conversions are integer operations, so that every device rounds
// alike: to nearest, ties to even. What is too large becomes infinite, NaN stays NaN.
#ifndef HALF_GLSL
#define HALF_GLSL
const uint STORED_F32 = 0;
const uint STORED_F16 = 1;
const uint STORED_BF16 = 2;

uvec4 f16_bits(vec4 x) {
  uvec4 sign = floatBitsToUint(x) >> 16 & 0x8000u;
  uvec4 a = floatBitsToUint(x) & 0x7fffffffu;
  uvec4 normal = a + 0xc8000fffu + (a >> 13 & 1u) >> 13;  // the exponent less 112, rounded
  // Adding 1/2 moves the last bit of an f16 below 2^-14 to that of the sum, which rounds.
  precise vec4 moved = uintBitsToFloat(a) + 0.5;
  uvec4 tiny = floatBitsToUint(moved) - 0x3f000000u;
  uvec4 bits = mix(normal, tiny, lessThan(a, uvec4(0x38800000u)));
  bits = mix(bits, uvec4(0x7c00u), greaterThanEqual(a, uvec4(0x477ff000u)));
  bits = mix(bits, uvec4(0x7e00u), greaterThan(a, uvec4(0x7f800000u)));
  return sign | bits;
}
vec4 f16_values(uvec4 bits) {
  return vec4(unpackHalf2x16(bits.x | bits.y << 16), unpackHalf2x16(bits.z | bits.w << 16));
}

uvec4 bf16_bits(vec4 x) {
  uvec4 a = floatBitsToUint(x);
  uvec4 bits = a + 0x7fffu + (a >> 16 & 1u) >> 16;
  bvec4 nan = greaterThan(a & 0x7fffffffu, uvec4(0x7f800000u));
  return mix(bits, a >> 16 | 0x40u, nan);
}
vec4 bf16_values(uvec4 bits) { return uintBitsToFloat(bits << 16); }

uvec4 half_bits(vec4 x, uint stored) {
  return stored == STORED_F16 ? f16_bits(x) : bf16_bits(x);
}
// Four neighbours in two words.
uvec2 packed_halves(uvec4 bits) { return bits.xz | bits.yw << 16; }
vec4 unpacked_halves(uvec2 words, uint stored) {
  if (stored == STORED_F16) return vec4(unpackHalf2x16(words.x), unpackHalf2x16(words.y));
  return bf16_values(uvec4(words.x & 0xffffu, words.x >> 16, words.y & 0xffffu, words.y >> 16));
}
// Neighbour i % 2 of a word.
float unpacked_half(uint word, uint i, uint stored) {
  uint bits = i % 2 == 0 ? word & 0xffffu : word >> 16;
  return stored == STORED_F16 ? unpackHalf2x16(bits).x : uintBitsToFloat(bits << 16);
}
#endif
