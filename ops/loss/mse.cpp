// SPDX-License-Identifier: Apache-2.0
// mse(prediction, target): (prediction - target)^2.
#include "ops/loss/reduction.h"
#include "ops/pointwise/pointwise.h"

namespace lemnos {

Tensor mse(const Operand& prediction, const Operand& target, LossOptions options) {
  check_same_shape("mse", prediction, target);
  return reduced_loss(square(prediction - target), options);
}

}  // namespace lemnos
