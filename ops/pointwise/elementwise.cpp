// SPDX-License-Identifier: Apache-2.0
#include "ops/pointwise/elementwise.h"

#include <algorithm>

#include "ops/grid.h"
#include "ops/layout.h"
#include "shaders/kernels.h"
#include "shaders/pointwise/params.h"

namespace lemnos {
namespace {

constexpr std::uint32_t group_size = 64;  // pointwise.comp's

// The size of the result along an axis counted from the last, or 0 where no operand has one.
std::int64_t common_size(const Problem& problem, int from_last) {
  std::int64_t size = 1;
  for (const TensorType& type : problem.inputs) {
    if (from_last >= type.shape.rank()) continue;
    const std::int64_t own = type.shape[-1 - from_last];
    if (own != 1 && size != 1 && own != size) return 0;
    size = std::max(size, own);
  }
  return size;
}

std::string shapes_of(const Problem& problem) {
  std::string text;
  for (const TensorType& type : problem.inputs)
    text += (text.empty() ? "" : ", ") + type.shape.str();
  return text;
}

// How pointwise.comp is specialised for one layout.
struct Variant {
  bool flat = true;           // every operand is either one row or one element
  std::uint32_t repeats = 0;  // bit i: operand i is one element
};

Variant variant_of(const Layout& layout) {
  Variant variant;
  for (std::size_t i = 0; i < layout.walks.size(); ++i) {
    const Walk& walk = layout.walks[i];
    if (layout.repeats_one(walk)) variant.repeats |= 1u << i;
    variant.flat = variant.flat && (layout.repeats_one(walk) || layout.rank <= 1);
  }
  return variant;
}

Dispatch dispatch(const Layout& layout, std::uint32_t row, const gpu::Caps& caps) {
  const Variant variant = variant_of(layout);
  const std::size_t operands = layout.walks.size() - 1;
  Dispatch made{.shader = &shader(Kernel::pointwise)};
  kernels::PointwiseParams params{.count = static_cast<std::uint32_t>(layout.elements())};
  std::copy(layout.sizes.begin(), layout.sizes.end(), params.sizes);
  for (std::size_t i = 0; i < 3; ++i) {  // the kernel has three operands; the last one repeats
    const Walk& walk = layout.walks[std::min(i, operands - 1)];
    const Window part = window(layout, walk);
    made.bindings.push_back(
        input(static_cast<std::uint32_t>(std::min(i, operands - 1)), part.offset, part.bytes));
    std::copy(walk.strides.begin(), walk.strides.end(), params.strides + 6 * i);
    params.offsets[i] = part.skip;
  }
  const Window part = window(layout, layout.walks.back());
  made.bindings.push_back(result(0, part.offset, part.bytes));
  params.result_offset = part.skip;
  made.push = params;

  const auto count = layout.elements();
  const Grid blocks = grid_for(caps, static_cast<std::uint64_t>(count), group_size);
  const auto rank = static_cast<std::uint32_t>(layout.rank);
  made.groups = {blocks.groups, 1, 1};
  made.loop_turns = blocks.turns * (variant.flat ? 1 : 1 + 4 * rank);
  made.specialization = {row, variant.flat, variant.repeats, rank};
  return made;
}

}  // namespace

TensorType pointwise_shape(const Problem& problem, std::size_t arity) {
  if (problem.inputs.size() != arity)
    problem.fail("takes {} operands, not {}", arity, problem.inputs.size());
  int rank = 0;
  for (std::size_t i = 0; i < problem.inputs.size(); ++i) {
    const TensorType& type = problem.inputs[i];
    if (!is_real(type.dtype))
      problem.fail("operand {} is {}, not f32; help: cast(x, DType::f32)", i, name_of(type.dtype));
    rank = std::max(rank, type.shape.rank());
  }
  std::array<std::int64_t, Shape::max_rank> sizes{};
  for (int from_last = 0; from_last < rank; ++from_last) {
    const std::int64_t size = common_size(problem, from_last);
    if (size == 0)
      problem.fail("shapes {} do not broadcast: they differ along axis {}", shapes_of(problem),
                   -1 - from_last);
    sizes[static_cast<std::size_t>(rank - 1 - from_last)] = size;
  }
  return {Shape(std::span(sizes.data(), static_cast<std::size_t>(rank))), DType::f32};
}

Lowering pointwise_lower(const Problem& problem, const gpu::Caps& caps, std::uint32_t row) {
  Lowering lowering;
  for (const Layout& part : split(merged(broadcast_layout(problem)), caps.max_storage_buffer_range))
    lowering.dispatches.push_back(dispatch(part, row, caps));
  return lowering;
}

}  // namespace lemnos
