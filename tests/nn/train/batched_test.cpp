// SPDX-License-Identifier: Apache-2.0
#include "nn/train/batched.h"

#include <numeric>

#include "data/loader.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/doctor/session.h"
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

TEST_CASE(
    "batched: streamed rows are those of resident ones, epoch after epoch, left early or not") {
  if (!have_device()) return;
  constexpr std::int64_t rows = 601;  // 151 batches, the last short: several times round the slots
  const data::Array inputs = counted(rows, 3), targets = counted(rows, 1);
  const auto sums = [&](bool resident) {
    BatchedFunction function("both", inputs, targets, 4,
                             [](const Tensor& x, const Tensor& y) {
                               observe("sum", sum(x * y));
                               return x + y;
                             },
                             false, make_clock(), {.resident = resident});
    std::vector<float> all;
    const auto pass = [&](std::uint64_t epoch, std::int64_t first, std::int64_t end) {
      function.begin_epoch(data::shuffled(rows, 7, epoch), first);
      while (function.queued() < end) {
        function.queue(std::min<std::int64_t>(50, end - function.queued()));
        for (const StepRecord& record : function.collect(false)) all.push_back(record.values[0]);
      }
      for (const StepRecord& record : function.collect(true)) all.push_back(record.values[0]);
    };
    pass(0, 0, 151);
    pass(1, 0, 40);
    pass(1, 40, 151);
    const data::Array results = function.results();
    all.insert(all.end(), results.as<float>().begin(), results.as<float>().end());
    pass(2, 0, 3);  // and destroyed while rows are on their way
    return all;
  };
  const std::vector<float> resident = sums(true);
  CHECK(resident.size() == 151 + 151 + 3 * rows + 3);
  CHECK(sums(false) == resident);
}

TEST_CASE("batched: what goes wrong while rows are gathered comes out where steps are queued") {
  if (!have_device()) return;
  const data::Array inputs = counted(40, 3), none;
  BatchedFunction function("stream", inputs, none, 4,
                           [](const Tensor& x, const Tensor&) {
                             observe("sum", sum(x));
                             return Tensor();
                           },
                           false, make_clock(), {.resident = false});
  std::vector<std::uint32_t> order = data::in_order(40);
  order[30] = 40;
  function.begin_epoch(order);
  const std::string text = error_text([&] {
    while (function.queued() < function.batches()) function.queue(1);
  });
  CHECK(says(text, "40"));
  CHECK(function.queued() == 7);
  CHECK(function.collect(true).size() == 7);
  function.begin_epoch(data::in_order(40));  // and goes on
  while (function.queued() < function.batches()) function.queue(3);
  CHECK(function.collect(true).size() == 10);
}

TEST_CASE("batched: a profiled step is one of the epoch, short batch and streamed rows included") {
  if (!have_device()) return;
  if (device()->caps().timestamp_period == 0) return skip("the device has no timestamps");
  const data::Array inputs = counted(29, 3), none;  // 7 batches of 4, and one row
  const auto sums = [&](bool resident, bool timed) {
    BatchedFunction function("sum", inputs, none, 4,
                             [](const Tensor& x, const Tensor&) {
                               observe("sum", sum(x));
                               return Tensor();
                             },
                             false, make_clock(), {.resident = resident});
    CHECK(says(error_text([&] { function.profile(); }), "queue_timed"));
    function.begin_epoch(data::shuffled(29, 7, 1));
    std::vector<float> all;
    for (const int step : {0, 1, 2, 3, 4, 5, 6, 7}) {
      if (!timed || step % 3 != 1) {
        CHECK(function.queue(1) == 1);
        continue;
      }
      CHECK(function.queue_timed());
      CHECK(function.profile().dispatches.size() > 0);
    }
    CHECK(!function.queue_timed());
    for (const StepRecord& record : function.collect(true)) all.push_back(record.values[0]);
    return all;
  };
  const std::vector<float> plain = sums(true, false);
  CHECK(plain.size() == 8);
  CHECK(sums(true, true) == plain);
  CHECK(sums(false, true) == plain);
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
