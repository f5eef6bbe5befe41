// SPDX-License-Identifier: Apache-2.0
#include "nn/models/mlp.h"
#include "nn/train/mixup.h"
#include "nn/train/task.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

class Classification : public Task {
 public:
  Classification(std::vector<Parameter> parameters, SupervisedNetwork network)
      : Task(std::move(parameters)), network_(std::move(network)) {}

  Tensor loss(const Tensor& inputs, const Tensor& targets) const override {
    const Tensor rows = normalized(inputs);
    const auto loss_of = [this](const Tensor& logits, const Tensor& classes) {
      return nn::classification_loss(logits, classes, smoothing());
    };
    if (mixup_ == 0) return loss_of(network_.forward(rows), targets);
    const Tensor share = beta_share(mixup_);
    const Tensor logits = network_.forward(blended(rows, share));
    return share * loss_of(logits, targets) + (1 - share) * loss_of(logits, partners(targets));
  }
  bool has_classes() const override { return true; }
  void mix_up(double alpha) override { mixup_ = alpha; }

  Tensor evaluate(const Tensor& inputs, const Tensor& targets) const override {
    const Tensor logits = network_.forward(normalized(inputs));
    observe("loss", nn::classification_loss(logits, targets));
    return logits;
  }
  Metrics metrics(std::span<const double> means, const data::Array& logits,
                  const data::Split& split) const override {
    return judge_classes(logits, split.targets.as<std::uint32_t>(), means[0]);
  }

  bool predicts() const override { return true; }
  Tensor predict(const Tensor& inputs) const override {
    const Tensor logits = network_.forward(normalized(inputs));
    if (logits.size(1) > 1) return softmax(logits);
    return concat({sigmoid(-logits), sigmoid(logits)}, 1);
  }
  // Of one logit, which is that of class 1, those of both.
  bool decides() const override { return true; }
  Tensor scores(const Tensor& inputs) const override {
    const Tensor logits = network_.forward(normalized(inputs));
    return logits.size(1) > 1 ? logits : concat({-logits, logits}, 1);
  }
  bool has_features() const override { return true; }
  Tensor features(const Tensor& inputs) const override {
    return network_.features(normalized(inputs));
  }

 private:
  SupervisedNetwork network_;
  double mixup_ = 0;
};

}  // namespace

std::unique_ptr<Task> classification(std::vector<Parameter> parameters, SupervisedNetwork network) {
  return std::make_unique<Classification>(std::move(parameters), std::move(network));
}

}  // namespace lemnos
