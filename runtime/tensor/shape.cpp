// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/shape.h"

#include <algorithm>

#include "runtime/base/error.h"

namespace lemnos {

Shape::Shape(std::initializer_list<std::int64_t> sizes)
    : Shape(std::span(sizes.begin(), sizes.size())) {}

Shape::Shape(std::span<const std::int64_t> sizes) {
  if (sizes.size() > max_rank)
    fail_usage("a tensor has at most {} axes, not {}", max_rank, sizes.size());
  std::int64_t total = 1;
  for (const std::int64_t size : sizes) {
    if (size < 1) fail_usage("every size of a shape must be at least 1, not {}", size);
    if (__builtin_mul_overflow(total, size, &total) || total > (std::int64_t{1} << 40))
      fail_usage("a tensor of more than 2^40 elements cannot be held");
  }
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
  rank_ = static_cast<int>(sizes.size());
}

std::int64_t Shape::elements() const {
  std::int64_t total = 1;
  for (const std::int64_t size : *this) total *= size;
  return total;
}

int Shape::axis(int axis) const {
  const int found = axis < 0 ? axis + rank_ : axis;
  if (found < 0 || found >= rank_) fail_usage("axis {} does not exist in shape {}", axis, str());
  return found;
}

std::int64_t Shape::operator[](int at) const { return sizes_[static_cast<std::size_t>(axis(at))]; }

std::int64_t Shape::stride(int at) const {
  std::int64_t product = 1;
  for (int i = axis(at) + 1; i < rank_; ++i) product *= (*this)[i];
  return product;
}

Shape Shape::with(int at, std::int64_t size) const {
  std::array<std::int64_t, max_rank> sizes = sizes_;
  sizes[static_cast<std::size_t>(axis(at))] = size;
  return Shape(std::span(sizes.data(), static_cast<std::size_t>(rank_)));
}

Shape Shape::without(int at) const {
  std::array<std::int64_t, max_rank> sizes{};
  const auto skip = begin() + axis(at);
  const auto rest = std::copy(begin(), skip, sizes.begin());
  std::copy(skip + 1, end(), rest);
  return Shape(std::span(sizes.data(), static_cast<std::size_t>(rank_ - 1)));
}

Shape Shape::inserted(int at, std::int64_t size) const {
  if (rank_ == max_rank) fail_usage("a tensor has at most {} axes", max_rank);
  std::array<std::int64_t, max_rank> sizes{};
  const auto before = begin() + (at < 0 ? at + rank_ + 1 : at);
  auto next = std::copy(begin(), before, sizes.begin());
  *next++ = size;
  std::copy(before, end(), next);
  return Shape(std::span(sizes.data(), static_cast<std::size_t>(rank_ + 1)));
}

bool operator==(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::string Shape::str() const { return fmt::format("[{}]", fmt::join(begin(), end(), ", ")); }

}  // namespace lemnos
