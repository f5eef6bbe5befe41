// SPDX-License-Identifier: Apache-2.0
#include "data/array.h"

#include "tests/data/fixtures.h"

namespace lemnos::data {

TEST_CASE("array: take copies the rows asked for, in order and repeatedly") {
  const Array array = Array::of<float>(Shape{3, 2}, {0, 1, 10, 11, 20, 21});
  const std::vector<std::uint32_t> rows = {2, 0, 2};
  CHECK(holds<float>(array.take(rows), Shape{3, 2}, {20, 21, 0, 1, 20, 21}));
  CHECK(array.rows() == 3);
  CHECK(array.row_bytes() == 8);
}

TEST_CASE("array: a row out of range, no rows, and rows of a scalar are errors") {
  const Array array = Array::of<std::uint8_t>(Shape{2, 2}, {1, 2, 3, 4});
  CHECK_FAILS(array.row(2), "row 2 does not exist: the array [2, 2] has 2 rows");
  CHECK_FAILS(array.row(-1), "row -1 does not exist");
  CHECK_FAILS(array.take(std::vector<std::uint32_t>{0, 5}), "row 5 does not exist");
  CHECK_FAILS(array.take({}), "no rows were asked for");
  const Array scalar = Array::of<float>(Shape{}, {1.0f});
  CHECK_FAILS(scalar.take(std::vector<std::uint32_t>{0}), "a scalar has no rows");
}

TEST_CASE("array: reading elements as another type is an error with both types") {
  const Array array = Array::of<float>(Shape{2}, {1, 2});
  CHECK_FAILS(array.as<std::uint32_t>(), "an array of f32 [2] was read as u32");
}

TEST_CASE("array: bytes that do not fill the shape are an error") {
  CHECK_FAILS(Array::of<float>(Shape{3}, {1, 2}), "needs 12 bytes, but has 8");
  Array array = Array::zeros(DType::u8, Shape{4});
  array.bytes.pop_back();
  CHECK_FAILS(array.as<std::uint8_t>(), "needs 4 bytes, but has 3");
}

TEST_CASE("array: reshaping keeps the elements and refuses another count") {
  const Array array = Array::of<std::int32_t>(Shape{2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(holds<std::int32_t>(array.reshaped(Shape{3, 2}), Shape{3, 2}, {1, 2, 3, 4, 5, 6}));
  CHECK_FAILS(array.reshaped(Shape{5}), "[2, 3] cannot be reshaped to [5]: 6 elements, not 5");
}

TEST_CASE("array: a declared shape that is empty, too deep or too large names its file") {
  const auto shape = [](std::vector<std::uint64_t> sizes) {
    return declared_shape(sizes, "a.file");
  };
  CHECK(shape({2, 3}) == Shape{2, 3});
  CHECK_FAILS(shape({2, 0}), "a.file: the shape [2, 0] has no elements");
  CHECK_FAILS(shape({1, 1, 1, 1, 1, 1, 1}), "a.file: 7 axes, but at most 6");
  CHECK_FAILS(shape({1ull << 63, 2}), "a.file: the shape [9223372036854775808, 2] has more than");
  CHECK_FAILS(shape({1ull << 32, 1ull << 32}), "more than 2^40 elements");
}

}  // namespace lemnos::data
