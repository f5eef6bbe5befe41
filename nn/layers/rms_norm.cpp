// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/rms_norm.h"

#include "nn/init.h"
#include "nn/tap.h"
#include "ops/norm/norm.h"
#include "runtime/base/error.h"

namespace lemnos::nn {

RmsNorm::RmsNorm(Options o) : epsilon(o.epsilon) {
  if (o.size < 1) fail_usage("rms_norm: .size must be at least 1, not {}", o.size);
  weight = init::constant({o.size}, 1);
}

Tensor RmsNorm::operator()(const Operand& x) const {
  return offered("rms_norm", weight, rms_norm(x, weight, epsilon));
}

}  // namespace lemnos::nn
