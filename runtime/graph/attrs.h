// SPDX-License-Identifier: Apache-2.0
// The attributes of a node: any small plain struct, kept as bytes so that nodes can be compared.
//
//   struct Conv2dOptions { std::int32_t stride = 1, pad = 0, dilation = 1, groups = 1; };
//   Attrs attrs(Conv2dOptions{.stride = 2});   attrs.as<Conv2dOptions>().stride == 2
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "runtime/base/error.h"

namespace lemnos {

class Attrs {
 public:
  Attrs() = default;

  template <class T>
  requires std::is_trivially_copyable_v<T> &&(!std::is_same_v<T, Attrs>)Attrs(T value)
      : size_(sizeof(T)) {  // implicit: record(op, inputs, Conv2dOptions{...})
    static_assert(sizeof(T) <= capacity, "attributes are small; large data is an input");
#if defined(__GNUC__) && !defined(__clang__)
    __builtin_clear_padding(&value);
#endif
    std::memcpy(bytes_.data(), &value, sizeof(T));
  }

  template <class T>
  T as() const {
    check(size_ == sizeof(T), "attributes of {} bytes read as {}", size_, sizeof(T));
    T value;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    return value;
  }

  std::string text() const {  // hexadecimal
    std::string digits;
    for (std::uint32_t i = 0; i < size_; ++i)
      digits += fmt::format("{:02x}", std::to_integer<unsigned>(bytes_[i]));
    return digits;
  }

  friend bool operator==(const Attrs&, const Attrs&) = default;

 private:
  static constexpr std::size_t capacity = 96;
  std::array<std::byte, capacity> bytes_{};  // beyond size_ always zero
  std::uint32_t size_ = 0;
};

}  // namespace lemnos
