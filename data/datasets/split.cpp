// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/split.h"

#include <algorithm>
#include <cmath>

#include "data/datasets/dataset.h"
#include "data/loader.h"
#include "runtime/base/log.h"

namespace lemnos::data {
namespace {

using Order = std::vector<std::uint32_t>;

Order shuffled_rows(const Dataset& dataset, std::uint64_t seed) {
  const std::int64_t rows = dataset.train.rows();
  if (rows < 1 || rows > 0xFFFFFFFF)
    fail("{}: {} rows; from 1 to 2^32-1 can be used", dataset.name, rows);
  return shuffled(static_cast<std::uint32_t>(rows), seed, 0);
}

std::vector<std::int64_t> class_sizes(const Dataset& dataset) {
  check(dataset.task == Task::classes, "{}: it has no classes", dataset.name);
  std::vector<std::int64_t> sizes(dataset.class_names.size());
  for (const std::uint32_t label : dataset.train.targets.as<std::uint32_t>()) ++sizes.at(label);
  return sizes;
}

// The first rows in the order that their class has a place for; the rest go to `others`.
Order first_of_each(const Dataset& dataset, const Order& order, std::vector<std::int64_t> places,
                    Order& others) {
  const auto labels = dataset.train.targets.as<std::uint32_t>();
  Order chosen;
  for (const std::uint32_t row : order)
    (places[labels[row]]-- > 0 ? chosen : others).push_back(row);
  return chosen;
}

std::int64_t held(double fraction, std::int64_t rows) {
  const auto wanted = std::llround(fraction * static_cast<double>(rows));
  return std::clamp<std::int64_t>(wanted, 1, rows - 1);
}

}  // namespace

Split take(const Split& split, std::span<const std::uint32_t> rows) {
  Split taken;
  if (!split.inputs.empty()) taken.inputs = split.inputs.take(rows);
  if (!split.targets.empty()) taken.targets = split.targets.take(rows);
  const auto copy = [&](const std::vector<std::string>& from, std::vector<std::string>& to) {
    if (!from.empty())
      for (const std::uint32_t row : rows) to.push_back(from.at(row));
  };
  copy(split.texts, taken.texts);
  copy(split.target_texts, taken.target_texts);
  return taken;
}

void hold_out(Dataset& dataset, double fraction, std::uint64_t seed, Stratify stratify) {
  if (!(fraction >= 0 && fraction < 1))
    fail_usage("the held-out fraction must be from 0 to below 1, not {}", fraction);
  const Order order = shuffled_rows(dataset, seed);
  Order test, train;
  if (fraction == 0) {
    train = order;
  } else if (stratify == Stratify::by_class) {
    auto places = class_sizes(dataset);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] < 2)
        fail("{}: class '{}' has {} examples; 2 are needed to train on and to hold out",
             dataset.name, dataset.class_names[i], places[i]);
      places[i] = held(fraction, places[i]);
    }
    test = first_of_each(dataset, order, std::move(places), train);
  } else {
    if (order.size() < 2) fail("{}: 1 row; 2 are needed to train on and to hold out", dataset.name);
    const auto middle = order.begin() + held(fraction, dataset.train.rows());
    test.assign(order.begin(), middle);
    train.assign(middle, order.end());
  }
  if (!test.empty()) dataset.test = take(dataset.train, test);
  dataset.train = take(dataset.train, train);
}

void hold_out_fold(Dataset& dataset, std::int64_t folds, std::int64_t fold, std::uint64_t seed) {
  if (folds < 2) fail_usage("--folds must be at least 2, not {}", folds);
  if (fold < 0 || fold >= folds)
    fail_usage("--fold must be 0 to {}, as there are {} folds, not {}", folds - 1, folds, fold);
  Order order = shuffled_rows(dataset, seed);
  if (folds > dataset.train.rows())
    fail_usage("--folds {}: {} has {} rows to train on; each part needs one", folds, dataset.name,
               dataset.train.rows());
  if (dataset.task == Task::classes) {
    const auto sizes = class_sizes(dataset);
    for (std::size_t i = 0; i < sizes.size(); ++i)
      if (sizes[i] > 0 && sizes[i] < folds)
        fail_usage("--folds {}: class '{}' of {} has {} rows to train on; each part needs one",
                   folds, dataset.class_names[i], dataset.name, sizes[i]);
    const auto labels = dataset.train.targets.as<std::uint32_t>();
    std::ranges::stable_sort(order, {}, [&](std::uint32_t row) { return labels[row]; });
  }
  Order test, train;
  for (std::size_t i = 0; i < order.size(); ++i)
    (static_cast<std::int64_t>(i) % folds == fold ? test : train).push_back(order[i]);
  std::ranges::sort(test);
  std::ranges::sort(train);
  dataset.test = take(dataset.train, test);
  dataset.train = take(dataset.train, train);
}

void keep_per_class(Dataset& dataset, std::int64_t count, std::uint64_t seed) {
  if (count < 1) fail_usage("examples of each class: at least 1, not {}", count);
  const auto sizes = class_sizes(dataset);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string& name = dataset.class_names[i];
    if (sizes[i] < 1) fail("{}: class '{}' has no example to train on", dataset.name, name);
    if (sizes[i] < count)
      log::info("{}: class '{}' has {} examples to train on, not {}: all are used", dataset.name,
                name, sizes[i], count);
  }
  Order others;
  const Order chosen =
      first_of_each(dataset, shuffled_rows(dataset, seed),
                    std::vector<std::int64_t>(dataset.class_names.size(), count), others);
  dataset.train = take(dataset.train, chosen);
}

}  // namespace lemnos::data
