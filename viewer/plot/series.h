// SPDX-License-Identifier: Apache-2.0
// A number of a run over its steps, epochs or seconds, as it grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "nn/train/observer.h"
#include "viewer/plot/pyramid.h"

namespace lemnos::viewer {

enum class XKind : std::uint8_t { step, epoch, seconds };

double x_of(XKind kind, const Moment& moment);

class Series {
 public:
  Series() = default;
  Series(Series&&) = default;
  Series& operator=(Series&&) = default;

  // A value that is not finite is a gap. An x below the last one (a clock that was set back) counts
  // as the last, so that x never falls.
  void append(const Moment& moment, double value);
  void cut_after(std::uint64_t step);  // drops the points of later steps

  std::size_t size() const { return values_.size(); }
  bool empty() const { return size() == 0; }
  double x(XKind kind, std::size_t index) const;
  double y(std::size_t index) const { return values_[index]; }
  std::uint64_t step(std::size_t index) const { return steps_[index]; }
  Moment moment(std::size_t index) const;
  const Pyramid& values() const { return values_; }

  // The first point, from `from` on, whose x is not below this one; size() if there is none.
  std::size_t lower(XKind kind, double x, std::size_t from = 0) const;
  // The point nearest to x; none of an empty series.
  std::optional<std::size_t> nearest(XKind kind, double x) const;

  // Another number than any other series has, and than this one had before it was cut: what was
  // computed from its points can be kept by it, and then only be added to.
  std::uint64_t identity() const { return identity_; }

 private:
  static std::uint64_t next_identity();

  std::vector<std::uint64_t> steps_;
  std::vector<double> epochs_, seconds_;
  Pyramid values_;
  std::uint64_t identity_ = next_identity();
};

}  // namespace lemnos::viewer
