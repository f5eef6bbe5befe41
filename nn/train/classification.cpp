// SPDX-License-Identifier: Apache-2.0
#include "nn/train/task.h"
#include "ops/index/index.h"
#include "ops/loss/loss.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

Tensor square_state(std::string name, std::int64_t side) {
  auto state = std::make_shared<State>();
  state->name = name;
  state->shape = Shape{side, side};
  state->storage = std::make_shared<Storage>(std::move(name), DType::f32, side * side);
  return Tensor(std::move(state));
}

class Classification : public Task {
 public:
  Classification(std::vector<Parameter> parameters, SupervisedNetwork network, std::int64_t classes)
      : Task(std::move(parameters)),
        network_(std::move(network)),
        classes_(classes),
        confusion_(square_state("confusion", classes)) {}

  Tensor loss(const Tensor& inputs, const Tensor& targets) const override {
    return network_.loss(network_.forward(normalized(inputs)), targets);
  }

  void begin_evaluation() override {
    confusion_.state()->set_values(
        std::vector<float>(static_cast<std::size_t>(classes_ * classes_)));
  }
  void evaluate(const Tensor& inputs, const Tensor& targets) const override {
    const Tensor logits = network_.forward(normalized(inputs));
    const Tensor actual = one_hot(targets, classes_);
    const Tensor predicted = one_hot(choice(logits), classes_);
    // Counts in f32 are exact up to 2^24 rows of one kind.
    assign(confusion_, confusion_ + matmul(transpose(actual), predicted));
    observe("loss", network_.loss(logits, targets));
  }
  Metrics metrics(std::span<const double> means, const data::Split&) const override {
    const std::vector<float> counts = confusion_.state()->values();
    const auto side = static_cast<std::size_t>(classes_);
    Confusion confusion(side, std::vector<std::uint64_t>(side));
    for (std::size_t i = 0; i < counts.size(); ++i)
      confusion[i / side][i % side] = static_cast<std::uint64_t>(counts[i]);
    Metrics result{.values = classification_metrics(confusion), .confusion = confusion};
    result.values.push_back({"loss", means[0]});
    return result;
  }

  bool predicts() const override { return true; }
  Tensor predict(const Tensor& inputs) const override {
    const Tensor logits = network_.forward(normalized(inputs));
    if (logits.size(1) > 1) return softmax(logits);
    return concat({sigmoid(-logits), sigmoid(logits)}, 1);
  }

 private:
  static Tensor choice(const Tensor& logits) {
    if (logits.size(1) > 1) return argmax(logits);
    return cast(reshape(greater(logits, 0.0), Shape{logits.size(0)}), DType::u32);
  }

  SupervisedNetwork network_;
  std::int64_t classes_;
  Tensor confusion_;  // [true class, predicted class]
};

}  // namespace

std::unique_ptr<Task> classification(std::vector<Parameter> parameters, SupervisedNetwork network,
                                     std::int64_t classes) {
  return std::make_unique<Classification>(std::move(parameters), std::move(network), classes);
}

}  // namespace lemnos
