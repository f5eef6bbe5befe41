// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/adam.h"

#include <cmath>

#include "ops/pointwise/pointwise.h"

namespace lemnos::optim {

Adam::Adam(Parameters parameters, AdamOptions options)
    : Adam("adam", std::move(parameters), options) {}

Adam::Adam(std::string_view name, Parameters parameters, AdamOptions options)
    : Optimizer(std::move(parameters), options.lr, {"m", "v"}, options.weight_decay),
      options_(options) {
  check_option(name, "beta1", options.beta1, 0, 1);
  check_option(name, "beta2", options.beta2, 0, 1);
  check_option(name, "eps", options.eps, 1e-37, 1e30);  // the padding is 0 / eps
}

Optimizer::Values Adam::update(const Given& old) const {
  const auto& o = options_;
  const Tensor& p = old.parameter;
  const Tensor g = old.decayed_gradient();
  const Tensor m = o.beta1 * old.moments[0] + (1 - o.beta1) * g;
  const Tensor v = o.beta2 * old.moments[1] + (1 - o.beta2) * square(g);
  // 1 - beta^t by expm1: exact to the last bits in f32, where the difference itself would cancel.
  const Tensor step_size = old.lr / -expm1(old.t * std::log(o.beta1));
  const Tensor root = sqrt(-expm1(old.t * std::log(o.beta2)));
  return {p - step_size * (m / (sqrt(v) / root + o.eps)), {m, v}};
}

AdamW::AdamW(Parameters parameters, AdamWOptions o)
    : Adam("adamw", std::move(parameters), {o.lr, o.beta1, o.beta2, o.eps, o.weight_decay}) {}

Optimizer::Values AdamW::update(const Given& old) const {
  if (!old.decay) return Adam::update(old);
  Given decayed = old;
  decayed.parameter = old.parameter * (1.0 - old.lr * old.decay);
  decayed.decay = {};
  return Adam::update(decayed);
}

}  // namespace lemnos::optim
