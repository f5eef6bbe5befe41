// SPDX-License-Identifier: Apache-2.0
#include "viewer/plot/smooth.h"

#include <cmath>

namespace lemnos::viewer {

const Pyramid& Smoothed::of(const Series& series, double s) {
  if (identity_ != series.identity() || s_ != s) {
    identity_ = series.identity();
    s_ = s;
    average_ = 0;
    power_ = 1;
    values_.clear();
  }
  while (values_.size() < series.size()) append(series.y(values_.size()));
  return values_;
}

void Smoothed::append(double value) {
  if (!std::isfinite(value)) return values_.append(value);
  average_ = s_ * average_ + (1 - s_) * value;
  power_ *= s_;
  values_.append(average_ / (1 - power_));
}

}  // namespace lemnos::viewer
