// SPDX-License-Identifier: Apache-2.0
// A plain array in host memory: what every format reads and writes.
//
// Contiguous, row-major, owning. Images are [N, H, W, C]. An Array without bytes is "no array": its
// rows() is 0 (a data set without a test split, say); every other one has elements() * size_of
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/tensor/dtype.h"
#include "runtime/tensor/shape.h"

namespace lemnos::data {

template <class T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, std::int32_t>) return DType::i32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return DType::u32;
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::u8;
}

struct Array {
  DType dtype = DType::f32;
  Shape shape;
  std::vector<std::byte> bytes;

  static Array zeros(DType dtype, const Shape& shape);

  template <class T>
  static Array of(const Shape& shape, std::span<const T> values);
  template <class T>
  static Array of(const Shape& shape, std::initializer_list<T> values) {
    return of<T>(shape, std::span<const T>(values.begin(), values.size()));
  }

  // The elements as T. Fails when T is not the element type or the bytes do not fill the shape.
  template <class T>
  std::span<const T> as() const {
    expect(dtype_of<T>());
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  template <class T>
  std::span<T> as() {
    expect(dtype_of<T>());
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

  bool empty() const { return bytes.empty(); }
  std::int64_t rows() const;      // size of the first axis; 1 for a scalar, 0 when empty
  std::size_t row_bytes() const;  // bytes of one row
  std::span<const std::byte> row(std::int64_t index) const;  // fails out of range

  // The rows in the order asked for; a row may come twice. Fails on an empty or out-of-range
  // request.
  Array take(std::span<const std::uint32_t> rows) const;
  // The same into `out`, which has room for just them.
  void copy_rows(std::span<const std::uint32_t> rows, std::span<std::byte> out) const;

  // The same elements under another shape of as many elements.
  Array reshaped(const Shape& to) const&;
  Array reshaped(const Shape& to) &&;

  // Fails unless bytes fill the shape; every writer calls it, so a malformed Array is never
  // written.
  void verify() const;

 private:
  void expect(DType wanted) const;
};

// The shape that a file declares, checked so that the error names the file: sizes from 1, at most
// Shape::max_rank of them, product bounded. `subject` starts the message ("a.npy", "a.st: tensor
// w").
Shape declared_shape(std::span<const std::uint64_t> sizes, std::string_view subject);

template <class T>
Array Array::of(const Shape& shape, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  Array array{dtype_of<T>(), shape, {bytes.begin(), bytes.end()}};
  array.verify();
  return array;
}

}  // namespace lemnos::data
