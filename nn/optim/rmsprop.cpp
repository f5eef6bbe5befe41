// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/rmsprop.h"

#include "ops/pointwise/pointwise.h"

namespace lemnos::optim {

Rmsprop::Rmsprop(Parameters parameters, RmspropOptions options)
    : Optimizer(std::move(parameters), options.lr, {"square"}, options.weight_decay),
      options_(options) {
  check_option("rmsprop", "alpha", options.alpha, 0, 1);
  check_option("rmsprop", "eps", options.eps, 1e-37, 1e30);  // the padding is 0 / eps
}

Optimizer::Values Rmsprop::update(const Given& old) const {
  const auto& o = options_;
  const Tensor& p = old.parameter;
  const Tensor g = old.decayed_gradient();
  const Tensor s = o.alpha * old.moments[0] + (1 - o.alpha) * square(g);
  return {p - old.lr * (g / (sqrt(s) + o.eps)), {s}};
}

}  // namespace lemnos::optim
