// SPDX-License-Identifier: Apache-2.0
#include "data/array.h"

#include <algorithm>

namespace lemnos::data {

Array Array::zeros(DType dtype, const Shape& shape) {
  return {dtype, shape,
          std::vector<std::byte>(static_cast<std::size_t>(shape.elements()) * size_of(dtype))};
}

void Array::verify() const {
  const auto wanted = static_cast<std::size_t>(shape.elements()) * size_of(dtype);
  check(bytes.size() == wanted, "an array {} {} needs {} bytes, but has {}", name_of(dtype), shape,
        wanted, bytes.size());
}

void Array::expect(DType wanted) const {
  check(dtype == wanted, "an array of {} {} was read as {}", name_of(dtype), shape,
        name_of(wanted));
  if (!empty()) verify();
}

std::int64_t Array::rows() const {
  if (empty()) return 0;
  return shape.rank() == 0 ? 1 : shape[0];
}

std::size_t Array::row_bytes() const {
  return empty() ? 0 : bytes.size() / static_cast<std::size_t>(rows());
}

std::span<const std::byte> Array::row(std::int64_t index) const {
  check(index >= 0 && index < rows(), "row {} does not exist: the array {} has {} rows", index,
        shape, rows());
  return std::span(bytes).subspan(static_cast<std::size_t>(index) * row_bytes(), row_bytes());
}

Array Array::take(std::span<const std::uint32_t> wanted) const {
  check(!wanted.empty(), "no rows were asked for of an array {}", shape);
  check(shape.rank() > 0, "a scalar has no rows to take");
  Array result = zeros(dtype, shape.with(0, static_cast<std::int64_t>(wanted.size())));
  copy_rows(wanted, result.bytes);
  return result;
}

void Array::copy_rows(std::span<const std::uint32_t> wanted, std::span<std::byte> out) const {
  check(out.size() == wanted.size() * row_bytes(), "{} rows of {} bytes do not fill {} bytes",
        wanted.size(), row_bytes(), out.size());
  auto at = out.begin();
  for (const std::uint32_t index : wanted) at = std::ranges::copy(row(index), at).out;
}

Array Array::reshaped(const Shape& to) const& { return Array(*this).reshaped(to); }

Array Array::reshaped(const Shape& to) && {
  check(to.elements() == shape.elements(),
        "an array {} cannot be reshaped to {}: {} elements, not {}", shape, to, shape.elements(),
        to.elements());
  return {dtype, to, std::move(bytes)};
}

Shape declared_shape(std::span<const std::uint64_t> sizes, std::string_view subject) {
  if (sizes.size() > Shape::max_rank)
    fail("{}: {} axes, but at most {} are supported", subject, sizes.size(), Shape::max_rank);
  constexpr std::uint64_t most = std::uint64_t{1} << 40;
  std::vector<std::int64_t> checked;
  std::uint64_t total = 1;
  for (const std::uint64_t size : sizes) {
    if (size == 0)
      fail("{}: the shape [{}] has no elements; empty arrays are not supported", subject,
           fmt::join(sizes, ", "));
    if (__builtin_mul_overflow(total, size, &total) || total > most)
      fail("{}: the shape [{}] has more than 2^40 elements; the file is probably damaged", subject,
           fmt::join(sizes, ", "));
    checked.push_back(static_cast<std::int64_t>(size));
  }
  return Shape(std::span<const std::int64_t>(checked));
}

}  // namespace lemnos::data
