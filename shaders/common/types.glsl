// SPDX-License-Identifier: Apache-2.0
// Element types as lemnos::DType numbers them, and how their bits become another's. u8 is packed
// four to a word and 16-bit floats two, the first in the lowest bits: no 8-bit or 16-bit storage is
// assumed.
#include "common/half.glsl"

const uint TYPE_F32 = 0;
const uint TYPE_I32 = 1;
const uint TYPE_U32 = 2;
const uint TYPE_U8 = 3;
const uint TYPE_F16 = 4;
const uint TYPE_BF16 = 5;

uint byte_of(uint word, uint i) { return bitfieldExtract(word, int(8 * i), 8); }
uint per_word(uint type) { return type == TYPE_U8 ? 4 : type >= TYPE_F16 ? 2 : 1; }
uint half_type(uint type) { return type == TYPE_F16 ? STORED_F16 : STORED_BF16; }

// Towards zero, clamped to [low, high], NaN to 0. `high` is the largest f32 below the type's limit.
int int_from_float(float x) {
  if (x >= 2147483648.0) return 0x7fffffff;
  if (x <= -2147483648.0) return int(0x80000000);
  return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u ? 0 : int(x);
}
uint uint_from_float(float x) {
  if (x >= 4294967296.0) return 0xffffffffu;
  return x > 0.0 ? uint(x) : 0u;
}

// The bits of a value of type `from` as the bits of one of type `to`; the smaller types have the
// lowest bits.
uint converted(uint bits, uint from, uint to) {
  if (from == to) return bits;
  if (from >= TYPE_F16) {
    bits = floatBitsToUint(unpacked_half(bits, 0, half_type(from)));
    from = TYPE_F32;
  }
  if (to >= TYPE_F16) {
    float x = from == TYPE_F32 ? uintBitsToFloat(bits)
              : from == TYPE_I32 ? float(int(bits)) : float(bits);
    return half_bits(vec4(x), half_type(to)).x;
  }
  if (from == to) return bits;
  bool negative = from == TYPE_I32 && int(bits) < 0;
  if (to == TYPE_F32) return floatBitsToUint(from == TYPE_I32 ? float(int(bits)) : float(bits));
  if (to == TYPE_I32)
    return from == TYPE_F32 ? uint(int_from_float(uintBitsToFloat(bits))) : min(bits, 0x7fffffffu);
  uint whole = from == TYPE_F32 ? uint_from_float(uintBitsToFloat(bits)) : negative ? 0u : bits;
  return to == TYPE_U8 ? min(whole, 255u) : whole;
}
