// SPDX-License-Identifier: Apache-2.0
#include "nn/train/task.h"
#include "ops/loss/loss.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

class Regression : public Task {
 public:
  Regression(std::vector<Parameter> parameters, SupervisedNetwork network,
             Preprocessing preprocessing)
      : Task(std::move(parameters)),
        network_(std::move(network)),
        preprocessing_(std::move(preprocessing)) {}

  Tensor loss(const Tensor& inputs, const Tensor& targets) const override {
    return mse(predict(inputs), targets);
  }

  Tensor evaluate(const Tensor& inputs, const Tensor& targets) const override {
    const Tensor made = predict(inputs);
    const Tensor error = made - targets;
    observe("squared_error", mean(square(error)));
    observe("absolute_error", mean(abs(error)));
    return made;
  }
  // In the units of the target as it was given.
  Metrics metrics(std::span<const double> means, const data::Array&,
                  const data::Split& split) const override {
    const double scale = preprocessing_.target_scale();
    std::vector<float> targets;
    for (const float target : split.targets.as<float>())
      targets.push_back(static_cast<float>(preprocessing_.target(target)));
    return {.values = regression_metrics(means[0] * scale * scale, means[1] * scale, targets)};
  }

  Watched watched() const override { return {"rmse", false}; }

  bool predicts() const override { return true; }
  Tensor predict(const Tensor& inputs) const override {
    return network_.forward(normalized(inputs));
  }
  bool decides() const override { return true; }
  Tensor scores(const Tensor& inputs) const override { return predict(inputs); }
  bool has_features() const override { return true; }
  Tensor features(const Tensor& inputs) const override {
    return network_.features(normalized(inputs));
  }

 private:
  SupervisedNetwork network_;
  Preprocessing preprocessing_;
};

}  // namespace

std::unique_ptr<Task> regression(std::vector<Parameter> parameters, SupervisedNetwork network,
                                 Preprocessing preprocessing) {
  return std::make_unique<Regression>(std::move(parameters), std::move(network),
                                      std::move(preprocessing));
}

}  // namespace lemnos
