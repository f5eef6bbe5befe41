// SPDX-License-Identifier: Apache-2.0
// The sizes of a tensor along its axes, outermost first. Tensors are contiguous and row-major.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace lemnos {

class Shape {
 public:
  static constexpr int max_rank = 6;

  Shape() = default;  // a scalar: rank 0, one element
  Shape(std::initializer_list<std::int64_t> sizes);
  explicit Shape(std::span<const std::int64_t> sizes);

  int rank() const { return rank_; }
  std::int64_t elements() const;            // product of the sizes; 1 for a scalar
  std::int64_t operator[](int axis) const;  // axis may be negative: -1 is the last
  std::int64_t stride(int axis) const;      // elements between neighbours along axis
  int axis(int axis) const;                 // -1 becomes rank - 1; fails out of range

  const std::int64_t* begin() const { return sizes_.data(); }
  const std::int64_t* end() const { return sizes_.data() + rank_; }

  Shape with(int axis, std::int64_t size) const;      // a copy with one size changed
  Shape without(int axis) const;                      // a copy with one axis removed
  Shape inserted(int axis, std::int64_t size) const;  // a copy with a new axis before `axis`

  friend bool operator==(const Shape& a, const Shape& b);
  std::string str() const;  // "[128, 784]"

 private:
  std::array<std::int64_t, max_rank> sizes_{};
  int rank_ = 0;
};

}  // namespace lemnos

#include <fmt/format.h>

template <>
struct fmt::formatter<lemnos::Shape> : fmt::formatter<std::string> {
  auto format(const lemnos::Shape& shape, format_context& context) const {
    return fmt::formatter<std::string>::format(shape.str(), context);
  }
};
