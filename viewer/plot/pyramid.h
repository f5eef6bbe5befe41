// SPDX-License-Identifier: Apache-2.0
// A long row of numbers, and the extremes of any part of it without looking at each: what drawing
// ten million points in a thousand columns of pixels needs.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

namespace lemnos::viewer {

// Of finite values; others are gaps.
struct Extremes {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  double positive = std::numeric_limits<double>::infinity();  // the lowest above 0: of log axes

  bool empty() const { return low > high; }
  void add(double value);
  void add(const Extremes& other);
};

// Extremes of blocks of 16 values, of 8 such blocks, of 8 of those ...: a value more costs O(1),
// asking for a part O(log n), and the blocks a tenth of the memory of the values.
class Pyramid {
 public:
  void append(double value);
  void cut(std::size_t size);  // keeps this many, from the first on
  void clear() { cut(0); }

  std::size_t size() const { return values_.size(); }
  double operator[](std::size_t index) const { return values_[index]; }
  Extremes range(std::size_t first, std::size_t last) const;  // of [first, last)

 private:
  std::vector<double> values_;
  std::vector<std::vector<Extremes>> levels_;  // of whole blocks only, the smallest first
};

}  // namespace lemnos::viewer
