// SPDX-License-Identifier: Apache-2.0
#include "nn/train/metrics.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/base/error.h"

namespace lemnos {
namespace {

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

struct Logits {
  explicit Logits(const data::Array& array)
      : values(array.as<float>()), width(static_cast<std::size_t>(array.shape[1])) {}
  std::span<const float> row(std::size_t i) const { return values.subspan(i * width, width); }
  std::size_t classes() const { return std::max<std::size_t>(2, width); }

  std::span<const float> values;
  std::size_t width;
};

// One score for each row, in double, that orders rows as the probability of class k does. Not the
// probability itself: of those near 1 many would be equal.
class Scores {
 public:
  explicit Scores(Logits logits) : logits_(logits) {
    if (logits.classes() == 2) return;
    for (std::size_t i = 0; i * logits.width < logits.values.size(); ++i) {
      const auto row = logits.row(i);
      const double largest = *std::ranges::max_element(row);
      double total = 0;
      for (const float logit : row) total += std::exp(logit - largest);
      log_sum_.push_back(largest + std::log(total));
    }
  }
  double of(std::size_t i, std::size_t k) const {
    const auto row = logits_.row(i);
    if (row.size() == 1) return row[0];
    return row.size() == 2 ? double{row[1]} - row[0] : row[k] - log_sum_[i];
  }

 private:
  Logits logits_;
  std::vector<double> log_sum_;
};

// Counted by bisection: every row that is not of the class, among those that are.
std::optional<double> area_of(const Scores& scores, std::span<const std::uint32_t> labels,
                              std::size_t k) {
  std::vector<double> positives;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == k) positives.push_back(scores.of(i, k));
  const std::size_t negatives = labels.size() - positives.size();
  if (positives.empty() || negatives == 0) return {};
  std::ranges::sort(positives);
  std::uint64_t halves = 0;  // a pair in the right order is two, a tie one
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == k) continue;
    const auto ties = std::ranges::equal_range(positives, scores.of(i, k));
    halves += 2 * static_cast<std::uint64_t>(positives.end() - ties.end()) + ties.size();
  }
  return static_cast<double>(halves) /
         (2.0 * static_cast<double>(positives.size()) * static_cast<double>(negatives));
}

}  // namespace

Confusion confusion_of(const data::Array& array, std::span<const std::uint32_t> labels) {
  const Logits logits(array);
  const std::size_t side = logits.classes();
  Confusion counts(side, std::vector<std::uint64_t>(side));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = logits.row(i);
    const std::size_t predicted =
        row.size() == 1 ? (row[0] > 0 ? 1 : 0)
                        : static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
    check(labels[i] < side, "row {} is of class {}, but there are {}", i, labels[i], side);
    ++counts[labels[i]][predicted];
  }
  return counts;
}

std::optional<double> roc_auc(const data::Array& array, std::span<const std::uint32_t> labels) {
  const auto finite = [](float x) { return std::isfinite(x); };
  if (!std::ranges::all_of(array.as<float>(), finite)) return {};
  const Logits logits(array);
  const Scores scores(logits);
  double total = 0, count = 0;
  for (std::size_t k = logits.classes() == 2 ? 1 : 0; k < logits.classes(); ++k)
    if (const auto area = area_of(scores, labels, k)) {
      total += *area;
      ++count;
    }
  if (count == 0) return {};
  return total / count;
}

std::vector<NamedValue> classification_metrics(const Confusion& confusion) {
  const std::size_t classes = confusion.size();
  double total = 0, right = 0, precision = 0, recall = 0, f1 = 0, present = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    double actual = 0, predicted = 0;
    for (std::size_t j = 0; j < classes; ++j) {
      actual += static_cast<double>(confusion[k][j]);
      predicted += static_cast<double>(confusion[j][k]);
    }
    const auto hits = static_cast<double>(confusion[k][k]);
    total += actual;
    right += hits;
    precision += ratio(hits, predicted);
    recall += ratio(hits, actual);
    f1 += ratio(2 * hits, actual + predicted);
    if (actual + predicted > 0) ++present;
  }
  const double accuracy = ratio(right, total);
  return {{"accuracy", accuracy},
          {"precision", ratio(precision, present)},
          {"recall", ratio(recall, present)},
          {"f1", ratio(f1, present)},
          {"precision_micro", accuracy},
          {"recall_micro", accuracy},
          {"f1_micro", accuracy}};
}

Metrics judge_classes(const data::Array& logits, std::span<const std::uint32_t> labels,
                      double loss) {
  const Confusion confusion = confusion_of(logits, labels);
  Metrics result{.values = classification_metrics(confusion), .confusion = confusion};
  if (const auto area = roc_auc(logits, labels)) result.values.push_back({"roc_auc", *area});
  result.values.push_back({"loss", loss});
  return result;
}

std::vector<NamedValue> regression_metrics(double mean_squared_error, double mean_absolute_error,
                                           std::span<const float> targets) {
  const auto n = static_cast<double>(targets.size());
  double mean = 0, variance = 0;
  for (const float target : targets) mean += target / n;
  for (const float target : targets) variance += (target - mean) * (target - mean) / n;
  return {{"rmse", std::sqrt(mean_squared_error)},
          {"mae", mean_absolute_error},
          {"r2", variance == 0 ? 0 : 1 - mean_squared_error / variance}};
}

std::optional<bool> larger_is_better(std::string_view metric) {
  constexpr std::string_view larger[] = {
      "accuracy", "precision", "recall", "f1",    "roc_auc",   "precision_micro", "recall_micro",
      "f1_micro", "r2",        "elbo",   "exact", "diversity", "map50",           "map"};
  constexpr std::string_view smaller[] = {"loss", "perplexity", "bits_per_byte", "rmse", "mae",
                                          "bce",  "kl"};
  if (std::ranges::find(larger, metric) != std::end(larger)) return true;
  if (std::ranges::find(smaller, metric) != std::end(smaller)) return false;
  return {};
}

double Metrics::at(std::string_view name) const {
  const auto found = std::ranges::find(values, name, &NamedValue::name);
  check(found != values.end(), "there is no metric '{}'", name);
  return found->value;
}

nlohmann::ordered_json Metrics::to_json() const {
  nlohmann::ordered_json json;
  for (const NamedValue& value : values) json[value.name] = value.value;
  if (confusion) json["confusion"] = *confusion;
  return json;
}

}  // namespace lemnos
