// SPDX-License-Identifier: Apache-2.0
// Where an axis is labelled, and how: round numbers, as many as there is room for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "viewer/plot/axis.h"

namespace lemnos::viewer {

enum class Unit : std::uint8_t { number, seconds };

struct Tick {
  double value = 0;
  std::string label;  // empty: a minor one, between decades
  bool operator==(const Tick&) const = default;
};

// In rising order, all inside the axis; at most `most` have labels. Linear: 1, 2 or 5 times a power
// of ten apart, or seconds, minutes and hours as a clock has them. Logarithmic: decades, with 2 to
// 9 between them, of which some have labels where there are few decades; where less than one is
// shown, as linear.
std::vector<Tick> ticks(const Axis& axis, int most, Unit unit = Unit::number);

// As labels have it: 0.25, 950, 1.5k, 2.5M, 1e-5; `digits` significant, without closing zeros.
std::string short_number(double value, int digits = 4);
// 0:05, 12:30, 1:02:03, 2d 3h.
std::string short_time(double seconds);

}  // namespace lemnos::viewer
