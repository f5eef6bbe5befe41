// SPDX-License-Identifier: Apache-2.0
// A series, smoothed: its exponential moving average.
#pragma once

#include <cstdint>

#include "viewer/plot/series.h"

namespace lemnos::viewer {

// m_n = s m_(n-1) + (1 - s) y_n, m_0 = 0, is shown as m_n / (1 - s^n), so that it does not start at
// 0 (Kingma and Ba 2015, section 3; TensorBoard's scalars do the same). Gaps stay gaps, and do not
// count. Computed once a point, and anew when s changes.
class Smoothed {
 public:
  // Brought up to date with the series. s in [0, 1).
  const Pyramid& of(const Series& series, double s);

 private:
  void append(double value);

  std::uint64_t identity_ = 0;  // of the series
  double s_ = 0, average_ = 0, power_ = 1;
  Pyramid values_;
};

}  // namespace lemnos::viewer
