// SPDX-License-Identifier: Apache-2.0
#include "ops/shape/strided_copy.h"

#include <algorithm>

#include "ops/grid.h"
#include "shaders/kernels.h"
#include "shaders/pointwise/flat_params.h"
#include "shaders/shape/params.h"

namespace lemnos {
namespace {

constexpr std::uint32_t fill_lanes = 64;  // of the kernel

bool is_bytes(const Layout& layout) { return layout.walks.back().element_bytes == 1; }

// Whether both sides keep every four neighbours along the last axis together.
bool has_vectors(const Layout& layout) {
  const auto last = static_cast<std::size_t>(layout.rank) - 1;
  if (is_bytes(layout) || layout.rank == 0 || layout.sizes[last] % 4 != 0) return false;
  return std::ranges::all_of(layout.walks, [&](const Walk& walk) {
    const auto outer = std::span(walk.strides).first(last);
    return walk.strides[last] == 1 && walk.offset % 4 == 0 &&
           std::ranges::all_of(outer, [](std::int64_t stride) { return stride % 4 == 0; });
  });
}

// The same layout, of vectors.
Layout of_vectors(Layout layout) {
  const auto last = static_cast<std::size_t>(layout.rank) - 1;
  layout.sizes[last] /= 4;
  for (Walk& walk : layout.walks) {
    for (std::size_t axis = 0; axis < last; ++axis) walk.strides[axis] /= 4;
    walk.offset /= 4;
    walk.element_bytes *= 4;
  }
  return layout;
}

Kernel copy_kernel(bool bytes, bool vectors, bool texel) {
  if (bytes) return Kernel::strided_copy_u8;
  if (vectors) return texel ? Kernel::strided_copy_vectors_texel : Kernel::strided_copy_vectors;
  return texel ? Kernel::strided_copy_texel : Kernel::strided_copy;
}

Dispatch copy_dispatch(const Layout& elements, std::uint32_t operand, const gpu::Caps& caps) {
  const bool vectors = has_vectors(elements), bytes = is_bytes(elements);
  const Layout layout = vectors ? of_vectors(elements) : elements;
  const Walk &from = layout.walks[0], &to = layout.walks[1];
  const Window source = window(layout, from), target = window(layout, to);
  const std::uint32_t lanes = flat_lanes(caps), rank = static_cast<std::uint32_t>(layout.rank);
  const auto items =
      static_cast<std::uint64_t>(bytes ? ceil_div(layout.elements(), 4) : layout.elements());
  const std::uint64_t item_turns = bytes ? 1 + 4 * (1 + 2 * rank) : 1 + rank;
  const Grid blocks = grid_for(caps, items, lanes, item_turns);
  kernels::StridedCopyParams params{};
  params.count = static_cast<std::uint32_t>(layout.elements());
  std::copy(layout.sizes.begin(), layout.sizes.end(), params.sizes);
  std::copy(from.strides.begin(), from.strides.end(), params.strides);
  std::copy(to.strides.begin(), to.strides.end(), params.result_strides);
  params.offset = source.skip;
  params.result_offset = target.skip;
  params.turns = blocks.turns;

  const bool texel = !bytes && caps.texel_loads_preferred &&
                     source.bytes / from.element_bytes <= caps.max_texel_elements;
  Dispatch made{.shader = &shader(copy_kernel(bytes, vectors, texel))};
  made.specialization = {lanes, rank};
  made.bindings = {input(operand, source.offset, source.bytes),
                   result(0, target.offset, target.bytes)};
  made.bindings[0].scalars = texel && !vectors;
  made.push = params;
  made.groups = {blocks.groups, 1, 1};
  made.loop_turns = blocks.turns * item_turns;
  return made;
}

}  // namespace

Walk row_major(const TensorType& type, std::int64_t offset) {
  Walk walk = broadcast_walk(type, type.shape);
  walk.offset = offset;
  return walk;
}

void append_copy(Lowering& lowering, const Layout& layout, std::uint32_t operand,
                 const gpu::Caps& caps) {
  for (const Layout& part : split(merged(layout), caps.max_storage_buffer_range))
    lowering.dispatches.push_back(copy_dispatch(part, operand, caps));
}

void append_zeros(Lowering& lowering, const Problem& problem, const gpu::Caps& caps) {
  const auto words = static_cast<std::int64_t>(
      (static_cast<std::uint64_t>(problem.out().elements()) * size_of(problem.result.dtype) + 3) /
      4);
  Layout row;
  row.rank = 1;
  row.sizes[0] = words;
  row.walks.push_back({.strides = {1}});
  for (const Layout& part : split(row, caps.max_storage_buffer_range)) {
    const Window target = window(part, part.walks[0]);
    const Grid blocks =
        grid_for(caps, static_cast<std::uint64_t>((part.elements() + 3) / 4), fill_lanes);
    Dispatch made{.shader = &shader(Kernel::fill)};
    made.bindings = {result(0, target.offset, target.bytes)};
    made.push =
        kernels::FlatParams{.count = static_cast<std::uint32_t>(part.elements()), .value = 0};
    made.groups = {blocks.groups, 1, 1};
    made.loop_turns = 5 * blocks.turns;
    lowering.dispatches.push_back(std::move(made));
  }
}

void copy_reference(const Layout& layout, const Values& in, Values& out) {
  for_each(merged(layout), [&](std::int64_t, auto at) {
    out[static_cast<std::size_t>(at[1])] = in[static_cast<std::size_t>(at[0])];
  });
}

const char* copy_fits(const Layout& layout, const gpu::Caps& caps) {
  if (is_bytes(layout) && split(merged(layout), caps.max_storage_buffer_range).size() > 1)
    return "u8 elements of more than one binding; cast them to f32 first";
  return nullptr;
}

}  // namespace lemnos
