// SPDX-License-Identifier: Apache-2.0
// How an elementwise kernel walks its operands: a grid of elements, and for each operand how far
// one step along each axis moves in its buffer. Broadcasting, transposing, slicing and
// concatenating are all only layouts.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/graph/op_def.h"

namespace lemnos {

// One operand's part of a layout.
struct Walk {
  std::array<std::int64_t, Shape::max_rank> strides{};  // elements; 0 repeats
  std::int64_t offset = 0;                              // elements: where the walk starts
  std::int64_t element_bytes = 4;
};

struct Layout {
  int rank = 0;
  std::array<std::int64_t, Shape::max_rank> sizes{};
  std::vector<Walk> walks;  // the operands', then the result's

  std::int64_t elements() const;
  // Whether every element is at its own number in the walk's buffer.
  bool contiguous(const Walk& walk) const;
  bool repeats_one(const Walk& walk) const;  // all strides are 0
};

// The strides of a row-major tensor, broadcast to `grid` as NumPy does.
Walk broadcast_walk(const TensorType& type, const Shape& grid);

// All operands broadcast to the result.
Layout broadcast_layout(const Problem& problem);

// Drops axes of size 1 and merges neighbours that every operand walks as one.
Layout merged(Layout layout);

// Cuts the grid until it has fewer than 2^31 elements and what each operand touches of its buffer
// is at most `max_bytes`; all one-axis cuts are at multiples of 256 elements.
std::vector<Layout> split(const Layout& layout, std::uint64_t max_bytes);

// The part of a buffer that a walk touches, as a binding may have it: it starts at a multiple of
// 256 bytes, and the walk begins `skip` elements behind that.
struct Window {
  std::uint64_t offset = 0;  // bytes
  std::uint64_t bytes = 0;
  std::uint32_t skip = 0;  // elements
};
Window window(const Layout& layout, const Walk& walk);

// Calls visit(i, offsets) for every element in row-major order; offsets[w] is walk w's element.
template <class Visit>
void for_each(const Layout& layout, Visit visit) {
  std::vector<std::int64_t> offsets;
  for (const Walk& walk : layout.walks) offsets.push_back(walk.offset);
  std::array<std::int64_t, Shape::max_rank> at{};
  for (std::int64_t i = 0, n = layout.elements(); i < n; ++i) {
    visit(i, std::span<const std::int64_t>(offsets));
    for (int axis = layout.rank - 1; axis >= 0; --axis) {
      const auto d = static_cast<std::size_t>(axis);
      const bool carry = ++at[d] == layout.sizes[d];
      for (std::size_t w = 0; w < offsets.size(); ++w)
        offsets[w] += layout.walks[w].strides[d] * (carry ? 1 - layout.sizes[d] : 1);
      if (!carry) break;
      at[d] = 0;
    }
  }
}

}  // namespace lemnos
