// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/loss_scale.h"

#include <cmath>

#include "nn/optim/optimizer.h"
#include "ops/pointwise/pointwise.h"
#include "runtime/graph/trace.h"

namespace lemnos::optim {
namespace {

// Products with it and its reciprocal are exact, and both are normal numbers.
constexpr double smallest = 0x1p-24, largest = 0x1p+24;

}  // namespace

LossScale::LossScale(double first, std::int64_t growth) : growth_(growth) {
  check_option("loss scale", "the first value", first, smallest / 2, largest * 2);
  value_ = scalar_state("loss_scale", std::exp2(std::round(std::log2(first))));
  updates_ = scalar_state("loss_scale_updates", 0);
}

void LossScale::update(const Tensor& ok) const {
  const Tensor updates = (updates_ + 1.0) * ok;
  const Tensor grown = greater_equal(updates, static_cast<double>(growth_));
  const Tensor larger = select(grown, minimum(value_ * 2.0, largest), value_);
  assign(value_, select(ok, larger, maximum(value_ * 0.5, smallest)));
  assign(updates_, updates * (1.0 - grown));
}

}  // namespace lemnos::optim
