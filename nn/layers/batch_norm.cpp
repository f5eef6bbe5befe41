// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/batch_norm.h"

#include <cfloat>

#include "nn/init.h"
#include "nn/tap.h"
#include "ops/norm/norm.h"
#include "ops/pointwise/pointwise.h"
#include "runtime/base/error.h"
#include "runtime/graph/trace.h"

namespace lemnos::nn {
namespace {

void keep(const Tensor& running, const Tensor& of_batch, double momentum) {
  const Tensor finite = less_equal(abs(of_batch), double{FLT_MAX});
  assign(running, select(finite, running * (1 - momentum) + of_batch * momentum, running));
}

}  // namespace

BatchNorm::BatchNorm(Options o) : options(o) {
  if (o.size < 1) fail_usage("batch_norm: .size must be at least 1, not {}", o.size);
  if (!(o.momentum >= 0 && o.momentum <= 1))
    fail_usage("batch_norm: .momentum must be from 0 to 1, not {}", o.momentum);
  weight = init::constant({o.size}, 1);
  bias = init::zeros({o.size});
  running_mean.tensor = init::zeros({o.size});
  running_variance.tensor = init::constant({o.size}, 1);
}

Tensor BatchNorm::operator()(const Operand& x) const {
  const Tensor &mean = running_mean.tensor, &variance = running_variance.tensor;
  if (!Trace::current().training())
    return offered("batch_norm", weight,
                   batch_norm(x, weight, bias, mean, variance, options.epsilon));
  const BatchNormResult of = batch_norm(x, weight, bias, options.epsilon);
  const auto values = static_cast<double>(x.shape().elements() / options.size);
  keep(mean, of.mean, options.momentum);
  keep(variance, of.variance * (values > 1 ? values / (values - 1) : 1), options.momentum);
  return offered("batch_norm", weight, of.y);
}

}  // namespace lemnos::nn
