// SPDX-License-Identifier: Apache-2.0
// How a broadcast input's elements follow from a result's flat index.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/tensor/shape.h"

namespace lemnos {

// The axes that the input has, neighbours merged, innermost first:
// element = sum over runs of (flat / inner % size) * stride.
struct Run {
  std::int64_t inner, size, stride;
  bool outermost;  // inner * size is the whole result: no remainder to take
};

struct Broadcast {
  enum class Kind { same, scalar, mapped };
  Kind kind = Kind::same;
  std::vector<Run> runs;  // only when mapped

  // The four elements from a flat index divisible by 4 are one element, or four in a row of which
  // the first has an index divisible by 4.
  bool four_the_same() const { return runs.front().inner % 4 == 0; }
  bool four_in_a_row() const { return runs.front().inner == 1 && runs.front().size % 4 == 0; }
};

inline Broadcast broadcast_of(const Shape& input, const Shape& result) {
  if (input.elements() == result.elements()) return {};
  if (input.elements() == 1) return {.kind = Broadcast::Kind::scalar, .runs = {}};
  Broadcast broadcast{.kind = Broadcast::Kind::mapped, .runs = {}};
  const int missing = result.rank() - input.rank();
  std::int64_t inner = 1, stride = 1;
  bool growing = false;  // the newest run touches this axis
  for (int axis = result.rank() - 1; axis >= 0; --axis) {
    const std::int64_t size = result[axis];
    if (size == 1) continue;
    const bool present = axis >= missing && input[axis - missing] == size;
    if (present && growing) {
      broadcast.runs.back().size *= size;
    } else if (present) {
      broadcast.runs.push_back({inner, size, stride, false});
    }
    growing = present;
    if (present) stride *= size;
    inner *= size;
  }
  broadcast.runs.back().outermost = growing;
  return broadcast;
}

}  // namespace lemnos
