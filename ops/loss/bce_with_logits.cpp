// SPDX-License-Identifier: Apache-2.0
// bce_with_logits(x, t): softplus(x) - x t, where softplus(x) = max(x, 0) + log1p(exp(-|x|))
// neither overflows nor loses small numbers. Its gradient is sigmoid(x) - t.
#include "ops/loss/reduction.h"
#include "ops/pointwise/pointwise.h"

namespace lemnos {

Tensor bce_with_logits(const Operand& logits, const Operand& target, LossOptions options) {
  check_same_shape("bce_with_logits", logits, target);
  return reduced_loss(softplus(logits) - logits * target, options);
}

}  // namespace lemnos
