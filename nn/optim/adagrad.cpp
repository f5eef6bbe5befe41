// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/adagrad.h"

#include "ops/pointwise/pointwise.h"

namespace lemnos::optim {

Adagrad::Adagrad(Parameters parameters, AdagradOptions options)
    : Optimizer(std::move(parameters), options.lr, {"square_sum"}, options.weight_decay),
      options_(options) {
  check_option("adagrad", "eps", options.eps, 1e-37, 1e30);  // the padding is 0 / eps
}

Optimizer::Values Adagrad::update(const Given& old) const {
  const auto& o = options_;
  const Tensor& p = old.parameter;
  const Tensor g = old.decayed_gradient();
  const Tensor s = old.moments[0] + square(g);
  return {p - old.lr * (g / (sqrt(s) + o.eps)), {s}};
}

}  // namespace lemnos::optim
