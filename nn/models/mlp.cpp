// SPDX-License-Identifier: Apache-2.0
#include "nn/models/mlp.h"

#include "ops/loss/loss.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/shape/shape.h"

namespace lemnos::nn {

std::vector<Preset<Mlp::Config>> Mlp::Config::presets() {
  return {{"784-512-10", {}},
          {"2-3-1", {.inputs = 2, .hidden = {3}, .outputs = 1}},
          {"2-5-1", {.inputs = 2, .hidden = {5}, .outputs = 1}}};
}

Mlp::Mlp(const Config& given) : config(given), activation(given.activation) {
  if (config.loss != "cross_entropy" && config.loss != "mse")
    fail_usage("mlp: the loss is cross_entropy or mse, not \"{}\"", config.loss);
  if (!(config.dropout >= 0 && config.dropout < 1))
    fail_usage("mlp: dropout must be at least 0 and below 1, not {}", config.dropout);
  std::int64_t in = config.inputs;
  for (const std::int64_t size : config.hidden) {
    layers.push_back(Linear{{.in = in, .out = size}});
    in = size;
  }
  layers.push_back(Linear{{.in = in, .out = config.outputs}});
}

Tensor Mlp::features(const Operand& x) const {
  Tensor h = x.shape().rank() == 2 ? x.tensor() : flatten(x);
  for (std::size_t i = 0; i + 1 < layers.size(); ++i)
    h = dropout(activation(layers[i](Operand(h, x.at()))), config.dropout);
  return h;
}

Tensor Mlp::operator()(const Operand& x) const {
  return layers.back()(Operand(features(x), x.at()));
}

Tensor Mlp::loss(const Operand& prediction, const Operand& target) const {
  if (config.loss != "mse") return classification_loss(prediction, target);
  const bool column = config.outputs == 1 && target.shape().rank() == 1;
  return mse(prediction, column ? reshape(target, prediction.shape()) : target.tensor());
}

Tensor classification_loss(const Operand& logits, const Operand& target, double smoothing) {
  const Shape shape = logits.shape();
  const Tensor classes = target.tensor();
  if (shape.rank() != 2 || classes.rank() != 1 || classes.size(0) != shape[0])
    fail_at(logits.at(), "classification loss: logits {} need targets [N] of classes, not {}",
            shape, classes.shape());
  if (shape[1] == 1) {
    const Tensor ones = reshape(cast(classes, DType::f32), shape);
    return bce_with_logits(logits, smoothing > 0 ? ones * (1 - smoothing) + smoothing / 2 : ones);
  }
  return cross_entropy(logits, classes.dtype() == DType::u8 ? cast(classes, DType::u32) : classes,
                       {.smoothing = smoothing});
}

}  // namespace lemnos::nn
