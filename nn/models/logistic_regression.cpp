// SPDX-License-Identifier: Apache-2.0
#include "nn/models/logistic_regression.h"

#include "nn/models/mlp.h"
#include "ops/shape/shape.h"

namespace lemnos::nn {
namespace {

const LogisticRegression::Config& checked(const LogisticRegression::Config& config) {
  if (config.classes < 2)
    fail_usage("logistic_regression: there must be at least 2 classes, not {}", config.classes);
  return config;
}

}  // namespace

LogisticRegression::LogisticRegression(const Config& given)
    : config(checked(given)),
      linear({.in = given.inputs, .out = given.classes == 2 ? 1 : given.classes}) {}

Tensor LogisticRegression::features(const Operand& x) const {
  return x.shape().rank() == 2 ? x.tensor() : flatten(x);
}

Tensor LogisticRegression::operator()(const Operand& x) const {
  return linear(Operand(features(x), x.at()));
}

Tensor LogisticRegression::loss(const Operand& logits, const Operand& target) const {
  return classification_loss(logits, target);
}

}  // namespace lemnos::nn
