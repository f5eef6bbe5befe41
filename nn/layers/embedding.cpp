// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/embedding.h"

#include <algorithm>

#include "nn/init.h"
#include "nn/tap.h"
#include "ops/index/index.h"
#include "runtime/base/error.h"

namespace lemnos::nn {

Embedding::Embedding(Options o) : padding(o.padding) {
  if (o.ids < 1 || o.width < 1)
    fail_usage("embedding: .ids and .width must be at least 1, not {} and {}", o.ids, o.width);
  if (padding && (*padding < 0 || *padding >= o.ids))
    fail_usage("embedding: .padding {} is none of {} ids", *padding, o.ids);
  weight = init::normal({o.ids, o.width}, 1);
  if (!padding) return;
  std::vector<float> values = weight.state()->values();
  std::fill_n(values.begin() + *padding * o.width, o.width, 0.0f);
  weight.state()->set_values(values);
}

Tensor Embedding::operator()(const Operand& ids) const {
  const Tensor vectors = embedding(weight, ids, {.padding = padding});
  offer(Tapped::embeddings, [&] { return vectors; });
  return offered("embedding", weight, vectors);
}

}  // namespace lemnos::nn
