// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/sgd.h"

#include "ops/pointwise/pointwise.h"
#include "runtime/base/error.h"

namespace lemnos::optim {
namespace {

std::vector<std::string> moments_of(const SgdOptions& options) {
  if (options.momentum == 0) return {};
  return {"momentum"};
}

}  // namespace

Sgd::Sgd(Parameters parameters, SgdOptions options)
    : Optimizer(std::move(parameters), options.lr, moments_of(options), options.weight_decay),
      options_(options) {
  check_option("sgd", "momentum", options.momentum, -1e-300, 1);
  if (options.nesterov && options.momentum == 0) fail_usage("sgd: nesterov needs a momentum");
}

Optimizer::Values Sgd::update(const Given& old) const {
  const auto& o = options_;
  const Tensor& p = old.parameter;
  const Tensor g = old.decayed_gradient();
  if (o.momentum == 0) return {p - old.lr * g, {}};
  const Tensor b = o.momentum * old.moments[0] + g;
  return {p - old.lr * (o.nesterov ? g + o.momentum * b : b), {b}};
}

}  // namespace lemnos::optim
