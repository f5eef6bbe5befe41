// SPDX-License-Identifier: Apache-2.0
// What changed between two results, and what only seems to have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nn/bench/result.h"
#include "nn/bench/statistics.h"

namespace lemnos::bench {

enum class Change : std::uint8_t {
  none,  // no real difference
  faster,
  slower,
  became_wrong,  // the answer
  became_right,
  wrong,  // in both
  only_a,
  only_b,
  not_known,  // too few times, or none by the same clock
};
std::string_view name_of(Change change);

struct Difference {
  std::string name;
  Part part = Part::kernel;
  double a_ms = 0, b_ms = 0;  // medians by the same clock; 0: none
  double ratio = 0;           // b_ms / a_ms: above 1, b takes longer
  Interval interval;          // where the ratio lies with a confidence of 99 %
  double floor = 0;           // what a ratio has to differ from 1 by, to be real
  Change change = Change::none;
};

struct Comparison {
  static constexpr double least = 0.05;  // differences below are never called real
  static constexpr double confidence = 0.99;

  Header a, b;
  std::vector<Difference> rows;  // in the order of a, then what only b has; not what has no times
  // Of two runs of the same program on the same device: the standard deviation of the logarithms of
  // the ratios, by the median of their sizes, as most rows cannot have changed. 0: not known.
  double noise = 0;

  std::size_t count(Change change) const;
  bool differs() const;    // anything but `none` and `not_known`
  bool got_worse() const;  // something is slower, or became wrong
};

// A row is slower or faster where the interval of the ratio leaves 1 out, and the ratio differs
// from 1 by more than 5 %, and by more than three times the variation of either row's times: times
// of one run depend on each other, and two runs differ by the machine's state. Where there is a
// noise, the ratio differs by more than three times that as well. nn/bench/README.md has the
// reasons. Fails (wrong usage) where the suites are not the same version.
Comparison compare(const Result& a, const Result& b);

// A table with a line for each row, and as its last line what all of it comes to, which starts with
// "no real difference" when nothing differs.
std::string to_text(const Comparison& comparison, std::size_t max_width = 110, bool color = false);
std::string summary(const Comparison& comparison);
std::string to_json(const Comparison& comparison);

}  // namespace lemnos::bench
