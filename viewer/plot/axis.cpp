// SPDX-License-Identifier: Apache-2.0
#include "viewer/plot/axis.h"

#include <algorithm>
#include <cmath>

namespace lemnos::viewer {
namespace {

constexpr double largest = 1e300, smallest = 1e-300;
constexpr double far_below = -1e9;
constexpr double resolution = 1e-12;  // of double, with room for arithmetic

double scaled(double value, bool log) { return log ? std::log10(value) : value; }
double unscaled(double value, bool log) { return log ? std::pow(10.0, value) : value; }

// Keeps the ends apart, finite, and where the axis can show them. They are given scaled.
void set(Axis& axis, double low, double high) {
  const double bound = axis.log ? std::log10(largest) : largest;
  low = std::clamp(low, -bound, bound);
  high = std::clamp(high, -bound, bound);
  const double least = std::max({std::abs(low), std::abs(high), smallest}) * resolution;
  if (!(high - low >= least)) {
    const double middle = low + (high - low) / 2;
    low = middle - least / 2;
    high = middle + least / 2;
  }
  axis.low = unscaled(low, axis.log);
  axis.high = unscaled(high, axis.log);
}

}  // namespace

double Axis::place(double value) const {
  if (!log) return (value - low) / (high - low);
  if (value <= 0) return far_below;
  return std::log10(value / low) / std::log10(high / low);
}

double Axis::value(double place) const {
  if (!log) return low + place * (high - low);
  return low * std::pow(high / low, place);
}

void Axis::pan(double places) { show(places, 1 + places); }

void Axis::zoom(double factor, double fixed) {
  show(fixed - fixed * factor, fixed + (1 - fixed) * factor);
}

void Axis::show(double from_place, double to_place) {
  const double from = scaled(low, log), width = scaled(high, log) - from;
  const auto [first, last] = std::minmax(from_place, to_place);
  if (std::isfinite(first) && std::isfinite(last))
    set(*this, from + first * width, from + last * width);
}

void Axis::fit(const Extremes& extremes, double margin) {
  double first = log ? extremes.positive : extremes.low, last = extremes.high;
  if (!(first <= last)) first = log ? 0.1 : 0, last = 1;
  first = scaled(first, log);
  last = scaled(last, log);
  const double width = last - first;
  const double room = width > 0 ? width * margin : log ? 0.5 : std::max(std::abs(first) * 0.1, 0.5);
  set(*this, first - room, last + room);
}

}  // namespace lemnos::viewer
