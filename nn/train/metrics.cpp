// SPDX-License-Identifier: Apache-2.0
#include "nn/train/metrics.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/base/error.h"

namespace lemnos {
namespace {

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

}  // namespace

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
  return {{"accuracy", ratio(right, total)},
          {"precision", ratio(precision, present)},
          {"recall", ratio(recall, present)},
          {"f1", ratio(f1, present)}};
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
