// SPDX-License-Identifier: Apache-2.0
#include "nn/train/patience.h"

#include <cmath>

#include "runtime/base/error.h"

namespace lemnos {

bool Patience::take(std::uint64_t step, double value) {
  const bool better = std::isfinite(value) &&
                      (best_step_ == 0 || (larger_is_better_ ? value > best_ : value < best_));
  if (better) {
    best_step_ = step;
    best_ = value;
  }
  since_ = better ? 0 : since_ + 1;
  return better;
}

nlohmann::json Patience::to_json() const {
  return {{"step", best_step_}, {"value", best_}, {"since", since_}};
}

void Patience::resume(const nlohmann::json& stored) {
  if (!stored.is_object() || !stored.value("step", nlohmann::json()).is_number_unsigned() ||
      !stored.value("value", nlohmann::json()).is_number() ||
      !stored.value("since", nlohmann::json()).is_number_integer())
    fail("the checkpoint is damaged: what it says of the best evaluation is {}", stored.dump());
  best_step_ = stored.at("step");
  best_ = stored.at("value");
  since_ = stored.at("since");
}

}  // namespace lemnos
