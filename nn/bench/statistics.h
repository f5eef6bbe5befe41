// SPDX-License-Identifier: Apache-2.0
// What can be said of times that were measured one after another, and of two such samples. The
// rules and the reasons for them are in nn/bench/README.md.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lemnos::bench {

// The value below which a share of the sample lies, in percent; between two values it is
// interpolated linearly (NumPy's default). 0 of no values.
double percentile(std::span<const double> values, double percent);
double median(std::span<const double> values);

// How much values scatter around their median, as a share of it: the interquartile range over 1.349
// (a normal distribution's standard deviation) over the median. A quarter of the values may be
// outliers without being seen in it. 0 of less than two values.
double variation(std::span<const double> values);

// The median of the last third over that of the first third, less 1: 0.1 where the last ones took a
// tenth longer. 0 of less than six values.
double drift(std::span<const double> values);

enum class Verdict : std::uint8_t { stable, not_stable, throttling };
std::string_view name_of(Verdict verdict);  // "stable", "not stable", "throttling"

// Whether one row's times can be relied on.
struct Stability {
  static constexpr double limit = 0.03;

  double variation = 0, drift = 0;
  Verdict verdict = Verdict::stable;

  // Throttling: the last third took longer by more than the limit, and three quarters of it longer
  // than three quarters of the first third. Not stable: the variation is above the limit.
  static Stability of(std::span<const double> times);
};

struct Interval {
  double low = 0, high = 0;

  bool contains(double value) const { return low <= value && value <= high; }
};

// Where median(b) / median(a) lies with this confidence: the percentile bootstrap, both samples
// resampled 10,000 times (Efron, "Bootstrap methods: another look at the jackknife", 1979). The
// same samples always give the same interval. Fails where a sample is empty, or a median is 0.
Interval ratio_of_medians(std::span<const double> a, std::span<const double> b,
                          double confidence = 0.99);

}  // namespace lemnos::bench
