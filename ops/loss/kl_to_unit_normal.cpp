// SPDX-License-Identifier: Apache-2.0
// kl_to_unit_normal(mu, log_var): -(1 + log_var - mu^2 - exp(log_var)) / 2 (Kingma and Welling
// 2013, appendix B). As expm1(log_var) - log_var it would not cancel near 0, which a loss does not
// need.
#include "ops/loss/reduction.h"
#include "ops/pointwise/pointwise.h"

namespace lemnos {

Tensor kl_to_unit_normal(const Operand& mu, const Operand& log_var, LossOptions options) {
  check_same_shape("kl_to_unit_normal", mu, log_var);
  return reduced_loss(0.5 * (square(mu) + exp(log_var) - log_var - 1.0), options);
}

}  // namespace lemnos
