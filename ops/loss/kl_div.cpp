// SPDX-License-Identifier: Apache-2.0
// kl_div(p_logits, q_logits): sum of exp(log p) * (log p - log q) along the last axis.
#include "ops/loss/reduction.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"

namespace lemnos {

Tensor kl_div(const Operand& p_logits, const Operand& q_logits, LossOptions options) {
  check_same_shape("kl_div", p_logits, q_logits);
  const Tensor log_p = log_softmax(p_logits);
  const Tensor log_q = log_softmax(q_logits);
  return reduced_loss(sum(exp(log_p) * (log_p - log_q), -1), options);
}

}  // namespace lemnos
