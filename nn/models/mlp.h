// SPDX-License-Identifier: Apache-2.0
// Mlp: a multi-layer perceptron, linear layers with an activation between them.
#pragma once

#include "nn/layers/activation.h"
#include "nn/layers/linear.h"
#include "nn/models/config.h"

namespace lemnos::nn {

struct Mlp {
  struct Config {
    std::int64_t inputs = 784;
    Sizes hidden{512};
    std::int64_t outputs = 10;
    std::string activation = "relu";
    double dropout = 0;
    std::string loss = "cross_entropy";

    template <class Visitor>
    void fields(Visitor&& visit) {
      visit("inputs", inputs, "numbers in one item");
      visit("hidden", hidden, "sizes of the hidden layers");
      visit("outputs", outputs, "classes, or numbers to predict; 1: two classes, one logit");
      visit("activation", activation, "between the layers: relu, tanh, sigmoid, gelu, ...");
      visit("dropout", dropout, "probability that a hidden value is dropped while training");
      visit("loss", loss, "cross_entropy (targets are classes) or mse (targets are numbers)");
    }
    static std::vector<Preset<Config>> presets();  // "784-512-10", "2-3-1", "2-5-1"
  };

  explicit Mlp(const Config& config);

  // x is [N, ...] with `inputs` numbers in each item; the result [N, outputs]: logits, or the
  // prediction of numbers.
  Tensor operator()(const Operand& x) const;
  // What the last layer is given: the last hidden one [N, hidden.back()], or x as [N, inputs].
  Tensor features(const Operand& x) const;

  // The mean loss of a batch. Targets are classes [N] (integers), or with the loss "mse" f32
  // numbers [N, outputs] or, for one output, [N].
  Tensor loss(const Operand& prediction, const Operand& target) const;

  Config config;
  Activation activation;
  std::vector<Linear> layers;
  LEMNOS_FIELDS(layers)
};

// The mean cross-entropy of logits [N, outputs] with classes [N], of which the part `smoothing` is
// spread evenly over all (CrossEntropyOptions). One output is the logit of class 1 of two.
Tensor classification_loss(const Operand& logits, const Operand& target, double smoothing = 0);

}  // namespace lemnos::nn
