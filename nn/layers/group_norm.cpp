// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/group_norm.h"

#include "nn/init.h"
#include "nn/tap.h"
#include "ops/norm/norm.h"
#include "runtime/base/error.h"

namespace lemnos::nn {

GroupNorm::GroupNorm(Options o) : options(o) {
  if (o.size < 1 || o.groups < 1 || o.size % o.groups != 0)
    fail_usage("group_norm: .groups must divide .size, not {} and {}", o.groups, o.size);
  weight = init::constant({o.size}, 1);
  bias = init::zeros({o.size});
}

Tensor GroupNorm::operator()(const Operand& x) const {
  return offered("group_norm", weight,
                 group_norm(x, weight, bias, options.groups, options.epsilon));
}

}  // namespace lemnos::nn
