// SPDX-License-Identifier: Apache-2.0
#include "ops/reduce/arg_reduce.h"

#include <algorithm>
#include <cmath>

#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"
#include "shaders/reduce/arg_params.h"

namespace lemnos {
namespace {

// Invocations that share a line: all of a group for long rows, one where neighbours are lines.
std::uint32_t lanes_for(const Lines& lines, const gpu::Caps& caps) {
  return lines.inner == 1 && lines.length > 64 ? flat_lanes(caps) : 1;
}

}  // namespace

TensorType arg_shape(const Problem& p) {
  if (p.inputs[0].dtype != DType::f32)
    p.fail("works on f32, not {}; cast first", name_of(p.inputs[0].dtype));
  const int axis = p.attrs.as<ArgAttrs>().axis;
  if (axis < 0 || axis >= p.in(0).rank()) p.fail("axis {} of a tensor of shape {}", axis, p.in(0));
  return {p.in(0).with(axis, 1), DType::u32};
}

Lowering lower_arg(const Problem& p, const gpu::Caps& caps, bool smallest) {
  const Lines lines = lines_along(p.in(0), p.attrs.as<ArgAttrs>().axis);
  const std::uint32_t group = flat_lanes(caps), lanes = lanes_for(lines, caps);
  const bool vectors = lines.inner == 1 && lines.length % 4 == 0;
  const std::uint64_t slice = lines.length * lines.inner;
  const std::uint64_t step =
      std::max<std::uint64_t>(1, (caps.max_storage_buffer_range / 4 - 64) / slice);
  const std::uint64_t turns = ceil_div(lines.length, lanes) + 8;
  Lowering lowering;
  for (std::uint64_t outer = 0; outer < lines.outer; outer += step) {
    const std::uint64_t count = std::min(step, lines.outer - outer) * lines.inner;
    const BindingPart x = part_of(input(0), outer * slice, count * lines.length);
    const BindingPart y = part_of(result(), outer * lines.inner, count);
    const Grid grid = grid_for(caps, count * lanes, group, turns);
    const std::uint64_t texels = (count * lines.length + 64) / (vectors ? 4 : 1);
    const bool texel = caps.texel_loads_preferred && texels <= caps.max_texel_elements;
    lowering.dispatches.push_back(
        {.shader = &shader(texel ? Kernel::arg_reduce_texel : Kernel::arg_reduce),
         .specialization = {group, lanes, smallest, vectors},
         .bindings = {x.binding, y.binding},
         .push = kernels::ArgParams{static_cast<std::uint32_t>(count),
                                    static_cast<std::uint32_t>(lines.length),
                                    static_cast<std::uint32_t>(lines.inner), grid.turns, x.base,
                                    y.base},
         .groups = {grid.groups, 1, 1},
         .loop_turns = grid.turns * turns});
    lowering.dispatches.back().bindings[0].scalars = texel && !vectors;
  }
  return lowering;
}

const char* fits_arg(const Problem& p, const gpu::Caps& caps) {
  const Lines lines = lines_along(p.in(0), p.attrs.as<ArgAttrs>().axis);
  if (lines.length * lines.inner > caps.max_storage_buffer_range / 4 - 64)
    return "one slice along the axis is larger than a storage-buffer binding of this device";
  if (caps.max_loop_turns != 0 && lines.length / lanes_for(lines, caps) + 16 > caps.max_loop_turns)
    return "the axis is longer than the loops of this driver may be";
  return nullptr;
}

void arg_reference(const Problem& p, const Values& x, Values& out, bool smallest) {
  out.clear();
  const Lines lines = lines_along(p.in(0), p.attrs.as<ArgAttrs>().axis);
  each_line(lines, [&](std::size_t first, std::size_t step) {
    std::size_t place = lines.length;
    for (std::size_t k = 0; k < lines.length; ++k) {
      const double value = x[first + k * step];
      if (std::isnan(value)) continue;
      const double best = place < lines.length ? x[first + place * step] : 0;
      if (place == lines.length || (smallest ? value < best : value > best)) place = k;
    }
    out.push_back(place == lines.length ? 0 : static_cast<double>(place));
  });
}

std::vector<Sample> arg_samples() {
  return {{.inputs = {{.shape = {1}}}, .attrs = ArgAttrs{0}, .gradient = false},
          {.inputs = {{.shape = {5, 7}}}, .attrs = ArgAttrs{1}, .gradient = false},
          {.inputs = {{.shape = {2, 5, 3}}}, .attrs = ArgAttrs{1}, .gradient = false},
          {.inputs = {{.shape = {3, 257}}}, .attrs = ArgAttrs{1}, .gradient = false},
          {.inputs = {{.shape = {9, 12}}}, .attrs = ArgAttrs{1}, .gradient = false},
          {.inputs = {{.shape = {5, 1028}}}, .attrs = ArgAttrs{1}, .gradient = false},
          {.inputs = {{.shape = {2, 70001}}}, .attrs = ArgAttrs{1}, .gradient = false}};
}

// Lines of more than a thousand elements whose neighbours lie apart are moved to the last axis,
// where a whole workgroup walks each.
Tensor arg_reduce(const OpDef& op, const Operand& x, int axis, ReduceOptions options) {
  const auto mask = axis_mask(op.name, x, axis);
  const int along = static_cast<int>(std::find(mask.begin(), mask.end(), true) - mask.begin());
  const Shape shape = x.shape();
  const Lines lines = lines_along(shape, along);
  const Shape wanted = options.keepdims ? shape.with(along, 1) : shape.without(along);
  Operand operand = x;
  int last = along;
  if (lines.inner > 1 && lines.length > 1024) {
    const auto size = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
    const Shape flat{size(lines.outer), size(lines.length), size(lines.inner)};
    operand = Operand(transpose(Operand(reshape(x, flat), x.at()), {0, 2, 1}), x.at());
    last = 2;
  }
  return reshape(Operand(record(op, {operand}, ArgAttrs{last}), x.at()), wanted);
}

}  // namespace lemnos
