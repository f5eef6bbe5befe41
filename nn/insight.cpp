// SPDX-License-Identifier: Apache-2.0
#include "nn/insight.h"

#include "nn/tap.h"
#include "ops/index/index.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/autodiff/backward.h"

namespace lemnos {

std::vector<Tensor> attention_maps(const std::function<void()>& forward) {
  const nn::Tap maps(nn::Tapped::attention);
  forward();
  return maps.taken();
}

std::vector<Tensor> attention_maps(const Task& task, const Tensor& inputs) {
  return attention_maps([&] { task.features(inputs); });
}

Tensor saliency(const Tensor& scores, const Tensor& x) {
  const Tensor chosen = one_hot(argmax(scores), scores.size(1));
  return grad(sum(scores * chosen), {&x, 1})[0];
}

Tensor saliency(const Task& task, const Tensor& inputs) {
  if (inputs.dtype() != DType::i32) {
    const Tensor x = normalized(inputs);
    return saliency(task.scores(x), x);
  }
  const nn::Tap embeddings(nn::Tapped::embeddings);
  const Tensor scores = task.scores(inputs);
  check(!embeddings.taken().empty(), "saliency: the model of tokens has no Embedding");
  return sqrt(sum_squares(saliency(scores, embeddings.taken().front()), -1));
}

}  // namespace lemnos
