// SPDX-License-Identifier: Apache-2.0
#include "ops/layout.h"

#include <algorithm>

namespace lemnos {
namespace {

constexpr std::uint64_t binding_alignment = 256;  // bytes; the largest any device may ask for

// Whether axis and axis + 1 can be one axis for this walk.
bool mergeable(const Layout& layout, std::size_t axis) {
  return std::all_of(layout.walks.begin(), layout.walks.end(), [&](const Walk& walk) {
    return walk.strides[axis] == walk.strides[axis + 1] * layout.sizes[axis + 1];
  });
}

void remove_axis(Layout& layout, std::size_t axis) {
  const auto erase = [axis](auto& array) {
    std::copy(array.begin() + axis + 1, array.end(), array.begin() + axis);
    array.back() = 0;
  };
  erase(layout.sizes);
  for (Walk& walk : layout.walks) erase(walk.strides);
  --layout.rank;
}

}  // namespace

std::int64_t Layout::elements() const {
  std::int64_t total = 1;
  for (int axis = 0; axis < rank; ++axis) total *= sizes[static_cast<std::size_t>(axis)];
  return total;
}

bool Layout::contiguous(const Walk& walk) const {
  return walk.offset == 0 && (rank == 0 || (rank == 1 && walk.strides[0] == 1));
}

bool Layout::repeats_one(const Walk& walk) const {
  return std::all_of(walk.strides.begin(), walk.strides.end(),
                     [](std::int64_t stride) { return stride == 0; });
}

Walk broadcast_walk(const TensorType& type, const Shape& grid) {
  Walk walk{.element_bytes = static_cast<std::int64_t>(size_of(type.dtype))};
  const int missing = grid.rank() - type.shape.rank();
  for (int axis = 0; axis < type.shape.rank(); ++axis)
    if (type.shape[axis] != 1)
      walk.strides[static_cast<std::size_t>(axis + missing)] = type.shape.stride(axis);
  return walk;
}

Layout broadcast_layout(const Problem& problem) {
  Layout layout;
  layout.rank = problem.out().rank();
  std::copy(problem.out().begin(), problem.out().end(), layout.sizes.begin());
  for (const TensorType& type : problem.inputs)
    layout.walks.push_back(broadcast_walk(type, problem.out()));
  layout.walks.push_back(broadcast_walk(problem.result, problem.out()));
  return layout;
}

Layout merged(Layout layout) {
  for (int axis = layout.rank - 1; axis >= 0; --axis)
    if (layout.sizes[static_cast<std::size_t>(axis)] == 1)
      remove_axis(layout, static_cast<std::size_t>(axis));
  for (int axis = layout.rank - 2; axis >= 0; --axis) {
    const auto a = static_cast<std::size_t>(axis);
    if (!mergeable(layout, a)) continue;
    layout.sizes[a + 1] *= layout.sizes[a];
    remove_axis(layout, a);
  }
  return layout;
}

Window window(const Layout& layout, const Walk& walk) {
  std::int64_t last = walk.offset;
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(layout.rank); ++axis)
    last += (layout.sizes[axis] - 1) * walk.strides[axis];
  const auto size = static_cast<std::uint64_t>(walk.element_bytes);
  const std::uint64_t first = static_cast<std::uint64_t>(walk.offset) * size;
  const std::uint64_t offset = first / binding_alignment * binding_alignment;
  // Whole words: u8 is packed four to a word.
  const std::uint64_t end = (static_cast<std::uint64_t>(last + 1) * size + 3) / 4 * 4;
  return {offset, end - offset, static_cast<std::uint32_t>((first - offset) / size)};
}

std::vector<Layout> split(const Layout& layout, std::uint64_t max_bytes) {
  constexpr std::int64_t too_many = std::int64_t{1} << 31;  // for divide() of the kernels
  const bool few = std::all_of(layout.walks.begin(), layout.walks.end(), [&](const Walk& walk) {
    return window(layout, walk).bytes <= max_bytes;
  });
  const bool fits = few && layout.elements() < too_many;
  const auto cut_axis = static_cast<std::size_t>(
      std::find_if(layout.sizes.begin(), layout.sizes.end(), [](auto n) { return n > 1; }) -
      layout.sizes.begin());
  if (fits || cut_axis >= static_cast<std::size_t>(layout.rank)) return {layout};

  const std::int64_t size = layout.sizes[cut_axis];
  const std::int64_t half = size >= 512 ? size / 2 / 256 * 256 : size / 2;
  Layout front = layout, back = layout;
  front.sizes[cut_axis] = half;
  back.sizes[cut_axis] = size - half;
  for (Walk& walk : back.walks) walk.offset += half * walk.strides[cut_axis];
  std::vector<Layout> parts = split(front, max_bytes);
  for (Layout& part : split(back, max_bytes)) parts.push_back(std::move(part));
  return parts;
}

}  // namespace lemnos
