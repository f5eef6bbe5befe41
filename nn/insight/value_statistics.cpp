// SPDX-License-Identifier: Apache-2.0
#include "nn/insight/value_statistics.h"

#include <algorithm>
#include <cmath>

namespace lemnos {
namespace {

std::vector<float> finite_of(std::span<const float> values) {
  std::vector<float> finite;
  finite.reserve(values.size());
  std::ranges::copy_if(values, std::back_inserter(finite),
                       [](float x) { return std::isfinite(x); });
  return finite;
}

// All but the 0.1 % at each end lie between them; all, where that leaves one value only.
void set_range(Histogram& histogram, std::vector<float>& values) {
  const auto [least, most] = std::ranges::minmax(values);
  const auto cut = static_cast<std::ptrdiff_t>(values.size() / 1000);
  std::ranges::nth_element(values, values.begin() + cut);
  histogram.low = values[static_cast<std::size_t>(cut)];
  std::ranges::nth_element(values, values.end() - 1 - cut);
  histogram.high = *(values.end() - 1 - cut);
  if (histogram.low < histogram.high) return;
  histogram.low = least;
  histogram.high = most;
  if (least < most) return;
  const double room = least != 0 ? std::abs(double{least}) / 2 : 1e-6;
  histogram.low -= room;
  histogram.high += room;
}

Histogram histogram_of_finite(std::vector<float> values) {
  Histogram histogram;
  if (values.empty()) return histogram;
  set_range(histogram, values);
  histogram.counts.resize(Histogram::bins);
  const double scale = double{Histogram::bins} / (histogram.high - histogram.low);
  for (const float value : values) {
    if (value < histogram.low) {
      ++histogram.below;
    } else if (value > histogram.high) {
      ++histogram.above;
    } else {
      const auto bin = static_cast<std::size_t>((value - histogram.low) * scale);
      ++histogram.counts[std::min(bin, Histogram::bins - 1)];
    }
  }
  return histogram;
}

}  // namespace

Histogram histogram_of(std::span<const float> values) {
  return histogram_of_finite(finite_of(values));
}

ValueStatistics statistics_of(std::span<const float> values, std::int64_t elements,
                              double sum_squares) {
  std::vector<float> finite = finite_of(values);
  ValueStatistics made{.elements = elements,
                       .looked_at = std::ssize(values),
                       .not_finite = std::ssize(values) - std::ssize(finite),
                       .norm = std::sqrt(sum_squares)};
  if (finite.empty()) return made;
  const auto count = static_cast<double>(finite.size());
  double sum = 0, squares = 0;
  for (const float x : finite) sum += x;
  made.mean = sum / count;
  for (const float x : finite) squares += (x - made.mean) * (x - made.mean);
  made.deviation = std::sqrt(squares / count);
  const auto [least, most] = std::ranges::minmax(finite);
  made.least = least;
  made.most = most;
  made.zeros = static_cast<double>(std::ranges::count(finite, 0.0f)) / count;
  made.histogram = histogram_of_finite(std::move(finite));
  return made;
}

}  // namespace lemnos
