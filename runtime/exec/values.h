// SPDX-License-Identifier: Apache-2.0
// The reference's values, which are double, as a device has them, and back.
#pragma once

#include <algorithm>
#include <cstring>

#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/tensor/half.h"

namespace lemnos {

struct F16 {
  F16() = default;
  explicit F16(double x) : bits(f16_bits(static_cast<float>(x))) {}
  operator double() const { return f16_value(bits); }
  std::uint16_t bits = 0;
};
struct Bf16 {
  Bf16() = default;
  explicit Bf16(double x) : bits(bf16_bits(static_cast<float>(x))) {}
  operator double() const { return bf16_value(bits); }
  std::uint16_t bits = 0;
};

// What `body`, a template of the C++ type that stands for a dtype, returns for that of this one.
template <class Body>
auto with_type_of(DType dtype, const Body& body) {
  switch (dtype) {
    case DType::f32:
      return body.template operator()<float>();
    case DType::i32:
      return body.template operator()<std::int32_t>();
    case DType::u32:
      return body.template operator()<std::uint32_t>();
    case DType::u8:
      return body.template operator()<std::uint8_t>();
    case DType::f16:
      return body.template operator()<F16>();
    case DType::bf16:
      break;
  }
  return body.template operator()<Bf16>();
}

inline std::vector<std::byte> bytes_of(const Values& values, DType dtype) {
  return with_type_of(dtype, [&]<class T>() {
    std::vector<T> narrow(values.size());
    std::ranges::transform(values, narrow.begin(), [](double x) { return static_cast<T>(x); });
    const auto bytes = std::as_bytes(std::span(narrow));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  });
}

inline Values values_of(std::span<const std::byte> bytes, DType dtype) {
  return with_type_of(dtype, [&]<class T>() {
    std::vector<T> narrow(bytes.size() / sizeof(T));
    std::memcpy(narrow.data(), bytes.data(), bytes.size());
    return Values(narrow.begin(), narrow.end());
  });
}

// An output of a program that was submitted.
inline Values output_of(Program& program, std::uint32_t index) {
  const TensorType& type = program.output_type(index);
  std::vector<std::byte> bytes(static_cast<std::size_t>(type.shape.elements()) *
                               size_of(type.dtype));
  program.read_output(index, bytes);
  return values_of(bytes, type.dtype);
}

}  // namespace lemnos
