// SPDX-License-Identifier: Apache-2.0
#include "nn/train/batched.h"

#include <numeric>

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/exec/session.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

data::Array counted(std::int64_t rows, std::int64_t width) {
  data::Array array = data::Array::zeros(DType::f32, {rows, width});
  std::iota(array.as<float>().begin(), array.as<float>().end(), 0.0f);
  return array;
}

data::Array doubled(const data::Array& inputs, std::vector<std::uint32_t> order,
                    ExecOptions options) {
  const data::Array none;
  BatchedFunction function(
      "double", inputs, none, 4,
      [](const Tensor& x, const Tensor&) {
        observe("sum", sum(x));
        return x * 2.0;
      },
      false, make_clock(), options);
  function.begin_epoch(std::move(order));
  while (function.queued() < function.batches()) function.queue(3);
  return function.results();
}

}  // namespace

TEST_CASE("batched: what is returned for each row comes back in the order of the epoch") {
  if (!have_device()) return;
  const data::Array inputs = counted(29, 3);  // 7 batches of 4, and one row
  std::vector<std::uint32_t> order(29);
  for (std::uint32_t i = 0; i < 29; ++i) order[i] = i * 10 % 29;
  const data::Array expected = inputs.take(order);
  for (const ExecOptions options : {ExecOptions{}, ExecOptions{.resident = false}}) {
    const data::Array got = doubled(inputs, order, options);
    REQUIRE(got.shape == expected.shape);
    for (std::size_t i = 0; i < 29 * 3; ++i)
      CHECK(got.as<float>()[i] == 2 * expected.as<float>()[i]);
  }
}

TEST_CASE("batched: a result that has not a row for each is an error") {
  if (!have_device()) return;
  const data::Array inputs = counted(8, 3), none;
  const std::string text = error_text([&] {
    BatchedFunction(
        "bad", inputs, none, 4,
        [](const Tensor& x, const Tensor&) {
          observe("sum", sum(x));
          return sum(x, {0});
        },
        false, make_clock());
  });
  CHECK(says(text, "bad"));
  CHECK(says(text, "4 rows"));
}
