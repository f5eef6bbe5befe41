// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/layer_norm.h"

#include "nn/init.h"
#include "nn/tap.h"
#include "ops/norm/norm.h"
#include "ops/pointwise/pointwise.h"
#include "runtime/base/error.h"

namespace lemnos::nn {

LayerNorm::LayerNorm(Options o) : epsilon(o.epsilon) {
  if (o.size < 1) fail_usage("layer_norm: .size must be at least 1, not {}", o.size);
  weight = init::constant({o.size}, 1);
  if (o.bias) bias = init::zeros({o.size});
}

Tensor LayerNorm::operator()(const Operand& x) const {
  const Tensor shift = bias ? bias : fill(weight.shape(), 0);
  return offered("layer_norm", weight, layer_norm(x, weight, shift, epsilon));
}

}  // namespace lemnos::nn
