// SPDX-License-Identifier: Apache-2.0
// Figures by which models are judged.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <vector>

#include "nn/train/observer.h"

namespace lemnos {

// counts[true class][predicted class]
using Confusion = std::vector<std::vector<std::uint64_t>>;

// accuracy, and the means over all classes that occur or were predicted of precision, recall and F1
// (macro averages; a ratio without cases counts as 0, as scikit-learn's do).
std::vector<NamedValue> classification_metrics(const Confusion& confusion);

// rmse, mae, and r2 = 1 - squared error / variance of the targets (0 where
// the targets are all equal). The errors are means over all rows.
std::vector<NamedValue> regression_metrics(double mean_squared_error, double mean_absolute_error,
                                           std::span<const float> targets);

struct Metrics {
  std::vector<NamedValue> values;
  std::optional<Confusion> confusion;

  double at(std::string_view name) const;  // fails when there is none of that name
  nlohmann::ordered_json to_json() const;
};

}  // namespace lemnos
