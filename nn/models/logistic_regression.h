// SPDX-License-Identifier: Apache-2.0
// Logistic regression: one linear layer and the sigmoid, or the softmax of several classes.
#pragma once

#include "nn/layers/linear.h"
#include "nn/models/config.h"

namespace lemnos::nn {

struct LogisticRegression {
  struct Config {
    std::int64_t inputs = 30;
    std::int64_t classes = 2;

    template <class Visitor>
    void fields(Visitor&& visit) {
      visit("inputs", inputs, "numbers in one item");
      visit("classes", classes, "number of classes");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  explicit LogisticRegression(const Config& config);

  // x is [N, inputs]; the result [N, classes]: logits. Of two classes only that of class 1: [N, 1].
  Tensor operator()(const Operand& x) const;
  Tensor features(const Operand& x) const;  // what the layer is given: x as [N, inputs]

  // The mean cross-entropy; targets are classes [N]. Its gradient is x^T (p - y) / N.
  Tensor loss(const Operand& logits, const Operand& target) const;

  Config config;
  Linear linear;
  LEMNOS_FIELDS(linear)
};

}  // namespace lemnos::nn
