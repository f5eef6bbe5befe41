// SPDX-License-Identifier: Apache-2.0
#include "viewer/plot/series.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace lemnos::viewer {
namespace {

// Not below the last one, and finite.
template <class T>
void append_rising(std::vector<T>& row, T value) {
  const T last = row.empty() ? T(0) : row.back();
  row.push_back(value >= last ? value : last);
}

double finite_or_zero(double value) { return std::isfinite(value) ? value : 0; }

}  // namespace

std::uint64_t Series::next_identity() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

void Series::append(const Moment& moment, double value) {
  append_rising(steps_, moment.step);
  append_rising(epochs_, finite_or_zero(moment.epoch));
  append_rising(seconds_, finite_or_zero(moment.seconds));
  values_.append(std::isfinite(value) ? value : std::nan(""));
}

void Series::cut_after(std::uint64_t step) {
  const auto end = std::ranges::upper_bound(steps_, step);
  if (end == steps_.end()) return;
  const auto size = static_cast<std::size_t>(end - steps_.begin());
  steps_.resize(size);
  epochs_.resize(size);
  seconds_.resize(size);
  values_.cut(size);
  identity_ = next_identity();
}

double x_of(XKind kind, const Moment& moment) {
  switch (kind) {
    case XKind::step:
      return static_cast<double>(moment.step);
    case XKind::epoch:
      return moment.epoch;
    case XKind::seconds:
      return moment.seconds;
  }
  return 0;
}

// Not by way of a moment: that would touch three rows of memory.
double Series::x(XKind kind, std::size_t index) const {
  switch (kind) {
    case XKind::step:
      return static_cast<double>(steps_[index]);
    case XKind::epoch:
      return epochs_[index];
    case XKind::seconds:
      return seconds_[index];
  }
  return 0;
}

Moment Series::moment(std::size_t index) const {
  return {.step = steps_[index], .epoch = epochs_[index], .seconds = seconds_[index]};
}

std::size_t Series::lower(XKind kind, double x, std::size_t from) const {
  // Strides that double, then halves: the next column of pixels is mostly near.
  std::size_t low = from, stride = 1;
  while (low + stride < size() && this->x(kind, low + stride) < x) {
    low += stride;
    stride *= 2;
  }
  std::size_t high = std::min(low + stride, size());
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (this->x(kind, middle) < x) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::optional<std::size_t> Series::nearest(XKind kind, double x) const {
  if (empty()) return std::nullopt;
  const std::size_t right = lower(kind, x);
  if (right == 0) return 0;
  if (right == size()) return size() - 1;
  return x - this->x(kind, right - 1) <= this->x(kind, right) - x ? right - 1 : right;
}

}  // namespace lemnos::viewer
