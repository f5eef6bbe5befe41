// SPDX-License-Identifier: Apache-2.0
// 16-bit floats on the host, as shaders/common/half.glsl has them: f16 (IEEE binary16) and bf16
// (the upper half of an f32), rounded to nearest, ties to even.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace lemnos {

inline float f16_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
  if (exponent == 31)
    return std::bit_cast<float>(0x7f800000u | static_cast<std::uint32_t>(fraction) << 13 |
                                (sign < 0 ? 0x80000000u : 0u));
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
}

inline std::uint16_t f16_bits(float x) {
  const auto word = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t a = word & 0x7fffffffu;
  std::uint32_t bits = (a + 0xc8000fffu + (a >> 13 & 1u)) >> 13;
  if (a < 0x38800000u)
    bits = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(std::bit_cast<float>(a), 24)));
  if (a >= 0x477ff000u) bits = 0x7c00;
  if (a > 0x7f800000u) bits = 0x7e00;
  return static_cast<std::uint16_t>((word >> 16 & 0x8000u) | bits);
}

inline float bf16_value(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

inline std::uint16_t bf16_bits(float x) {
  const auto a = std::bit_cast<std::uint32_t>(x);
  const bool nan = (a & 0x7fffffffu) > 0x7f800000u;
  return static_cast<std::uint16_t>(nan ? a >> 16 | 0x40u : (a + 0x7fffu + (a >> 16 & 1u)) >> 16);
}

}  // namespace lemnos
