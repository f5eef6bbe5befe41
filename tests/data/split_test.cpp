// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/split.h"

#include <algorithm>
#include <set>

#include "data/datasets/dataset.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

// Row i holds the number i, the test split one row of -1.
Dataset numbered(std::vector<std::uint32_t> labels, std::size_t classes) {
  Dataset set;
  set.name = "numbered";
  std::vector<float> numbers;
  for (std::size_t i = 0; i < labels.size(); ++i) numbers.push_back(static_cast<float>(i));
  const auto rows = static_cast<std::int64_t>(labels.size());
  set.train.inputs = Array::of<float>({rows, 1}, numbers);
  set.test.inputs = Array::of<float>({1, 1}, std::vector<float>{-1});
  if (classes == 0) return set;
  set.task = Task::classes;
  for (std::size_t k = 0; k < classes; ++k) set.class_names.push_back(fmt::format("c{}", k));
  set.train.targets = Array::of<std::uint32_t>({rows}, labels);
  set.test.targets = Array::of<std::uint32_t>({1}, std::vector<std::uint32_t>{0});
  return set;
}

// 11 of class 0, 7 of class 1, 5 of class 2; none of class 3.
Dataset labelled() {
  std::vector<std::uint32_t> labels;
  for (int i = 0; i < 23; ++i) labels.push_back(i < 5 ? 2 : i < 12 ? 1 : 0);
  return numbered(labels, 4);
}

std::vector<std::int64_t> sizes_of(const Split& split) {
  std::vector<std::int64_t> sizes(4);
  for (const std::uint32_t label : split.targets.as<std::uint32_t>()) ++sizes.at(label);
  return sizes;
}

std::vector<float> numbers_of(const Split& split) {
  const auto values = split.inputs.as<float>();
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("folds: every training row is held out once, and what the set holds out never is seen") {
  for (const bool classes : {true, false}) {
    const Dataset whole = classes ? labelled() : numbered(std::vector<std::uint32_t>(23), 0);
    std::multiset<float> held;
    for (std::int64_t fold = 0; fold < 4; ++fold) {
      Dataset set = whole;
      hold_out_fold(set, 4, fold, 9);
      CHECK(set.train.rows() + set.test.rows() == 23);
      CHECK((set.test.rows() == 5 || set.test.rows() == 6));
      const auto test = numbers_of(set.test), train = numbers_of(set.train);
      CHECK(std::ranges::is_sorted(train));
      CHECK(std::ranges::find(train, -1.0f) == train.end());
      for (const float number : test) {
        CHECK(std::ranges::find(train, number) == train.end());
        held.insert(number);
      }
    }
    std::multiset<float> all;
    for (int i = 0; i < 23; ++i) all.insert(static_cast<float>(i));
    CHECK(held == all);
  }
}

TEST_CASE(
    "folds: parts have as many of each class, but for one row, and labels stay with their rows") {
  const Dataset whole = labelled();
  const auto all = sizes_of(whole.train);
  for (std::int64_t fold = 0; fold < 5; ++fold) {
    Dataset set = whole;
    hold_out_fold(set, 5, fold, 0);
    const auto part = sizes_of(set.test);
    for (std::size_t k = 0; k < 4; ++k) {
      CHECK(part[k] >= all[k] / 5);
      CHECK(part[k] <= (all[k] + 4) / 5);
    }
    const auto labels = set.test.targets.as<std::uint32_t>();
    const auto known = whole.train.targets.as<std::uint32_t>();
    for (std::size_t i = 0; i < labels.size(); ++i)
      CHECK(labels[i] == known[static_cast<std::size_t>(numbers_of(set.test)[i])]);
  }
}

TEST_CASE("folds: the seed decides") {
  const auto held = [](std::uint64_t seed) {
    Dataset set = labelled();
    hold_out_fold(set, 4, 1, seed);
    return numbers_of(set.test);
  };
  CHECK(held(3) == held(3));
  CHECK(held(3) != held(4));
}

TEST_CASE("folds: fewer than two, no such part, and more than there are rows are refused") {
  Dataset set = labelled();
  CHECK_FAILS(hold_out_fold(set, 1, 0, 0), "--folds must be at least 2, not 1");
  CHECK_FAILS(hold_out_fold(set, 4, 4, 0), "--fold must be 0 to 3, as there are 4 folds, not 4");
  CHECK_FAILS(hold_out_fold(set, 4, -1, 0), "not -1");
  CHECK_FAILS(hold_out_fold(set, 6, 0, 0),
              "--folds 6: class 'c2' of numbered has 5 rows to train on");
  Dataset table = numbered(std::vector<std::uint32_t>(3), 0);
  CHECK_FAILS(hold_out_fold(table, 4, 0, 0), "--folds 4: numbered has 3 rows to train on");
  CHECK(set.train.rows() == 23);
  hold_out_fold(table, 3, 2, 0);
  CHECK(table.test.rows() == 1);
}

}  // namespace lemnos::data
