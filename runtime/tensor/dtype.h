// SPDX-License-Identifier: Apache-2.0
// Element types. Arithmetic is f32, also with values that are stored as f16 or bf16; integers are
// inputs, indices and random bits; u8 is stored data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lemnos {

enum class DType : std::uint8_t { f32, i32, u32, u8, f16, bf16 };

constexpr bool is_half(DType type) { return type == DType::f16 || type == DType::bf16; }
constexpr bool is_real(DType type) { return type == DType::f32 || is_half(type); }

constexpr std::size_t size_of(DType type) { return type == DType::u8 ? 1 : is_half(type) ? 2 : 4; }

constexpr std::string_view name_of(DType type) {
  switch (type) {
    case DType::f32:
      return "f32";
    case DType::i32:
      return "i32";
    case DType::u32:
      return "u32";
    case DType::u8:
      return "u8";
    case DType::f16:
      return "f16";
    case DType::bf16:
      return "bf16";
  }
  return "?";
}

}  // namespace lemnos
