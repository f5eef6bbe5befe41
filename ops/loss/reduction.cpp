// SPDX-License-Identifier: Apache-2.0
#include "ops/loss/reduction.h"

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/base/error.h"

namespace lemnos {

void check_same_shape(std::string_view loss, const Operand& prediction, const Operand& target) {
  if (prediction.shape() == target.shape()) return;
  std::string help;
  if (prediction.shape().elements() == target.shape().elements())
    help = fmt::format("   help: they have as many elements: reshape(target, prediction.shape())");
  fail_at(prediction.at(), "{}: the target's shape {} is not the prediction's {}{}", loss,
          target.shape(), prediction.shape(), help);
}

Tensor reduced_loss(const Operand& losses, LossOptions options) {
  switch (options.reduce) {
    case LossReduce::none:
      return losses.tensor();
    case LossReduce::sum:
      return sum(losses);
    case LossReduce::mean:
      return mean(losses);
    case LossReduce::per_sample:
      break;
  }
  const double batch = losses.shape().rank() == 0 ? 1 : static_cast<double>(losses.shape()[0]);
  return batch == 1 ? sum(losses) : sum(losses) * (1 / batch);
}

}  // namespace lemnos
