// SPDX-License-Identifier: Apache-2.0
#include "data/loader.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/formats/jsonl.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {

TEST_CASE("loader: shuffles equal those of an independent implementation") {
  for (const auto& expected : read_jsonl(fixture("shuffles.jsonl"))) {
    CAPTURE(expected.dump());
    CHECK(shuffled(expected["n"], expected["seed"], expected["epoch"]) ==
          expected["order"].get<std::vector<std::uint32_t>>());
  }
}

TEST_CASE("loader: a shuffle is a permutation, repeatable, and differs by seed and by epoch") {
  auto order = shuffled(10007, 3, 5);
  CHECK(order == shuffled(10007, 3, 5));
  CHECK(order != shuffled(10007, 3, 6));
  CHECK(order != shuffled(10007, 4, 5));
  std::ranges::sort(order);
  CHECK(order == in_order(10007));
  CHECK(shuffled(0, 1, 1).empty());
}

TEST_CASE("loader: every position is equally likely") {
  // 6000 shuffles of 5: each value is expected 1200 times at each place, standard deviation 31.
  int counts[5][5] = {};
  for (std::uint64_t epoch = 0; epoch < 6000; ++epoch) {
    const auto order = shuffled(5, 11, epoch);
    for (std::size_t place = 0; place < 5; ++place) ++counts[place][order[place]];
  }
  for (const auto& place : counts)
    for (const int count : place) CHECK(std::abs(count - 1200) < 5 * 31);
}

TEST_CASE("loader: the last batch is short and together the batches are the order") {
  const Batches batches{nullptr, nullptr, shuffled(10, 1, 1), 4};
  CHECK(batches.count() == 3);
  CHECK(batches.rows(2).size() == 2);
  std::vector<std::uint32_t> together;
  for (std::int64_t i = 0; i < batches.count(); ++i)
    together.insert(together.end(), batches.rows(i).begin(), batches.rows(i).end());
  CHECK(together == batches.order);
  CHECK_FAILS(batches.rows(3), "batch 3 does not exist: there are 3");
  const Batches wrong{nullptr, nullptr, in_order(4), 0};
  CHECK_FAILS(wrong.count(), "the batch size must be at least 1, not 0");
}

}  // namespace lemnos::data
