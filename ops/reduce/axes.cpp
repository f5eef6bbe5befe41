// SPDX-License-Identifier: Apache-2.0
#include "ops/reduce/axes.h"

#include <algorithm>

#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos {

Axes::Axes(std::span<const int> axes) : count_(axes.size()), all_(false) {
  if (count_ > axes_.size())
    fail_usage("{} axes were given; a tensor has at most {}", count_, Shape::max_rank);
  std::copy(axes.begin(), axes.end(), axes_.begin());
}

TensorType reduced_shape(const Problem& p) {
  if (!is_real(p.inputs[0].dtype))
    p.fail("works on f32, not {}; cast first", name_of(p.inputs[0].dtype));
  const auto [first, last] = p.attrs.as<ReduceAttrs>();
  Shape shape = p.in(0);
  if (first < 0 || last < first || last >= shape.rank())
    p.fail("axes {} to {} of a tensor of shape {}", first, last, shape);
  for (int axis = first; axis <= last; ++axis) shape = shape.with(axis, 1);
  return {shape, DType::f32};
}

Lines reduced_lines(const Problem& p) {
  const auto [first, last] = p.attrs.as<ReduceAttrs>();
  return lines_along(p.in(0), first, last);
}

double reduced_elements(const Problem& p) { return static_cast<double>(p.in(0).elements()); }

double reduced_length(const Problem& p) { return static_cast<double>(reduced_lines(p).length); }

// Strips of every line first, where lines are few; then strips of those sums; then the rest.
void append_reduce(Lowering& lowering, const gpu::Caps& caps, Lines lines, ReduceMode mode,
                   float scale, Binding from, const Binding& to) {
  for (;;) {
    const std::uint64_t strips = strips_for(caps, lines);
    const bool last = strips == 1;
    const Binding next =
        last ? to : scratch(static_cast<std::uint32_t>(lowering.scratch_bytes.size()));
    append_lines(lowering, caps,
                 {.kernel = LINE_KERNEL(reduce),
                  .lines = lines,
                  .mode = static_cast<std::uint32_t>(mode),
                  .scale = last ? scale : 1,
                  .strips = strips,
                  .operands = {{.binding = from}, {.binding = next, .per_line = true}}});
    if (last) return;
    lowering.scratch_bytes.push_back(lines.outer * strips * lines.inner * 4);
    lines.length = strips;
    from = next;
    if (mode == ReduceMode::sum_squares) mode = ReduceMode::sum;
  }
}

Lowering lower_reduce(const Problem& p, const gpu::Caps& caps, ReduceMode mode, float scale) {
  Lowering lowering;
  append_reduce(lowering, caps, reduced_lines(p), mode, scale, input(0), result());
  return lowering;
}

const char* fits_reduce(const Problem& p, const gpu::Caps& caps) {
  const Lines lines = reduced_lines(p);
  const std::uint64_t limit = caps.max_storage_buffer_range / 4;
  if (lines.length * lines.inner > limit && lines.inner * 64 > limit)
    return "64 neighbours along the axis lie further apart than one binding of this device";
  return nullptr;
}

std::vector<Sample> reduce_samples() {
  return {
      {.inputs = {{.shape = {1}}}, .attrs = ReduceAttrs{0, 0}},
      {.inputs = {{.shape = {7}}}, .attrs = ReduceAttrs{0, 0}},
      {.inputs = {{.shape = {3, 5, 4}}}, .attrs = ReduceAttrs{1, 1}},  // columns, by vec4
      {.inputs = {{.shape = {2, 3, 2, 5}}}, .attrs = ReduceAttrs{1, 2}},
      {.inputs = {{.shape = {13, 7}}}, .attrs = ReduceAttrs{1, 1}},   // short rows
      {.inputs = {{.shape = {3, 97}}}, .attrs = ReduceAttrs{1, 1}},   // rows, one by one
      {.inputs = {{.shape = {2, 128}}}, .attrs = ReduceAttrs{1, 1}},  // rows, by vec4
      {.inputs = {{.shape = {70000}}}, .attrs = ReduceAttrs{0, 0}, .gradient = false},
      {.inputs = {{.shape = {70001}, .low = 0.1}}, .attrs = ReduceAttrs{0, 0}, .gradient = false},
      {.inputs = {{.shape = {2, 65700, 3}}}, .attrs = ReduceAttrs{1, 1}, .gradient = false},
      {.inputs = {{.shape = {70000, 8}}}, .attrs = ReduceAttrs{0, 0}, .gradient = false},
      {.inputs = {{.shape = {70000, 3}}}, .attrs = ReduceAttrs{1, 1}, .gradient = false},
  };
}

void each_line(const Lines& lines, const std::function<void(std::size_t, std::size_t)>& line) {
  for (std::uint64_t outer = 0; outer < lines.outer; ++outer)
    for (std::uint64_t inner = 0; inner < lines.inner; ++inner)
      line(outer * lines.length * lines.inner + inner, lines.inner);
}

std::array<bool, Shape::max_rank> axis_mask(std::string_view op, const Operand& x,
                                            const Axes& axes) {
  std::array<bool, Shape::max_rank> mask{};
  const int rank = x.shape().rank();
  for (int i = 0; i < rank; ++i) mask[static_cast<std::size_t>(i)] = axes.all();
  for (const int axis : axes.list()) {
    if (axis < -rank || axis >= rank)
      fail_at(x.at(), "{}: axis {} of a tensor of shape {}", op, axis, x.shape());
    bool& wanted = mask[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)];
    if (wanted) fail_at(x.at(), "{}: axis {} is named twice", op, axis);
    wanted = true;
  }
  return mask;
}

AxisRuns runs_of(std::string_view op, const Operand& x, const Axes& axes, ReduceOptions options) {
  const auto mask = axis_mask(op, x, axes);
  const Shape shape = x.shape();
  AxisRuns found;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool reduced = mask[static_cast<std::size_t>(i)];
    if (!reduced || options.keepdims)
      found.result = found.result.inserted(found.result.rank(), reduced ? 1 : shape[i]);
  }
  // A size of 1 counts as a neighbour of either kind.
  for (int last = shape.rank() - 1; last >= 0;) {
    int first = last;
    while (first > 0 && (mask[static_cast<std::size_t>(first - 1)] || shape[first - 1] == 1))
      --first;
    if (mask[static_cast<std::size_t>(last)]) {
      found.runs.push_back({first, last});
      last = first - 1;
    } else {
      --last;
    }
  }
  return found;
}

Tensor reduce(const OpDef& op, const Operand& x, const Axes& axes, ReduceOptions options,
              const OpDef* then) {
  const auto [runs, result] = runs_of(op.name, x, axes, options);
  Tensor value = x.tensor();
  for (std::size_t i = 0; i < runs.size(); ++i)
    value = record(i > 0 && then ? *then : op, {Operand(value, x.at())}, runs[i]);
  return reshape(Operand(value, x.at()), result);
}

}  // namespace lemnos
