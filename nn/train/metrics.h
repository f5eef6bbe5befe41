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

// How often each class was taken for each: the class with the largest logit is predicted, the first
// of several. logits are f32 [N, C], or [N, 1]: of class 1 of two, predicted where above 0. labels:
// a class for each row. Fails where a label is no class.
Confusion confusion_of(const data::Array& logits, std::span<const std::uint32_t> labels);

// accuracy; precision, recall and f1, the means over all classes that occur or were predicted
// (macro averages; a ratio without cases counts as 0); precision_micro, recall_micro and f1_micro,
// of the cases of all classes together: where each row has one label, as here, all three are the
// accuracy. All as scikit-learn defines them.
std::vector<NamedValue> classification_metrics(const Confusion& confusion);

// The area under the receiver operating characteristic: how often a row of class 1 has a higher
// probability of it than one of class 0, ties counting half (Hanley and McNeil 1982). Of more than
// two classes the mean of each against all others (scikit-learn's multi_class="ovr", macro), over
// those that some rows have and some have not. logits and labels as above; exact over all pairs of
// rows. Nothing where no class is such, or a logit is not finite.
std::optional<double> roc_auc(const data::Array& logits, std::span<const std::uint32_t> labels);

struct Metrics;

// All of these of one set of logits, and the mean loss that goes with them.
Metrics judge_classes(const data::Array& logits, std::span<const std::uint32_t> labels,
                      double loss);

// rmse, mae, and r2 = 1 - squared error / variance of the targets (0 where
// the targets are all equal). The errors are means over all rows.
std::vector<NamedValue> regression_metrics(double mean_squared_error, double mean_absolute_error,
                                           std::span<const float> targets);

// Whether a larger value of a metric is the better one; nothing of metrics that do not rank models,
// as the losses of two that play against each other. A new metric has its place here.
std::optional<bool> larger_is_better(std::string_view metric);

struct Metrics {
  std::vector<NamedValue> values;
  std::optional<Confusion> confusion;

  double at(std::string_view name) const;  // fails when there is none of that name
  nlohmann::ordered_json to_json() const;
};

}  // namespace lemnos
