// SPDX-License-Identifier: Apache-2.0
// fill, cast and copy: the elementwise ops that are not rows of table.inc.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/grid.h"
#include "ops/layout.h"
#include "ops/pointwise/pointwise.h"
#include "runtime/graph/trace.h"
#include "runtime/tensor/half.h"
#include "shaders/kernels.h"
#include "shaders/pointwise/flat_params.h"

namespace lemnos {

extern const OpDef fill_op, cast_op, copy_op;

namespace {

constexpr std::uint32_t group_size = 64;  // fill.comp's and cast.comp's
constexpr std::int64_t vector_size = 4;   // elements of an invocation

// Everything as one row, cut into what a binding holds. The last walk is the result's.
std::vector<Layout> rows(const Problem& problem, const gpu::Caps& caps) {
  return split(merged(broadcast_layout(problem)), caps.max_storage_buffer_range);
}

Dispatch flat_dispatch(Kernel kernel, const Layout& part, float value, const gpu::Caps& caps) {
  Dispatch made{.shader = &shader(kernel)};
  for (std::size_t i = 0; i < part.walks.size(); ++i) {
    const Window seen = window(part, part.walks[i]);
    check(seen.skip == 0, "elementwise: a part does not start at a multiple of 256 bytes");
    made.bindings.push_back(i + 1 == part.walks.size() ? result(0, seen.offset, seen.bytes)
                                                       : input(0, seen.offset, seen.bytes));
  }
  const Grid blocks =
      grid_for(caps, static_cast<std::uint64_t>((part.elements() + vector_size - 1) / vector_size),
               group_size);
  made.push =
      kernels::FlatParams{.count = static_cast<std::uint32_t>(part.elements()), .value = value};
  made.groups = {blocks.groups, 1, 1};
  made.loop_turns = blocks.turns * (1 + vector_size);
  return made;
}

// ---- fill --------------------------------------------------------------------------------------

TensorType fill_shape(const Problem& problem) {
  if (!problem.inputs.empty()) problem.fail("takes no operands, not {}", problem.inputs.size());
  return {problem.attrs.as<FillAttrs>().shape.shape(), DType::f32};
}

Lowering fill_lower(const Problem& problem, const gpu::Caps& caps) {
  const auto value = static_cast<float>(problem.attrs.as<FillAttrs>().value);
  Lowering lowering;
  for (const Layout& part : rows(problem, caps))
    lowering.dispatches.push_back(flat_dispatch(Kernel::fill, part, value, caps));
  return lowering;
}

void fill_reference(const Problem& problem, std::span<const Values>, Values& out) {
  std::fill(out.begin(), out.end(), problem.attrs.as<FillAttrs>().value);
}

std::vector<Sample> fill_samples() {
  return {{.inputs = {}, .attrs = FillAttrs{Shape{}, 0.5}},
          {.inputs = {}, .attrs = FillAttrs{Shape{1}, -1}},
          {.inputs = {}, .attrs = FillAttrs{Shape{7, 11}, 3}}};
}

// ---- cast and copy -----------------------------------------------------------------------------

DType target(const Problem& problem) {
  return problem.op == &cast_op ? problem.attrs.as<CastAttrs>().to : problem.inputs[0].dtype;
}

TensorType cast_shape(const Problem& problem) {
  if (problem.inputs.size() != 1) problem.fail("takes one operand, not {}", problem.inputs.size());
  return {problem.in(0), target(problem)};
}

std::vector<Tensor> cast_gradient(const Adjoint& d) {
  const bool real = is_real(d.in(0).dtype()) && is_real(d.result.dtype());
  return {real ? d.dresult : Tensor()};
}

Lowering cast_lower(const Problem& problem, const gpu::Caps& caps) {
  Lowering lowering;
  for (const Layout& part : rows(problem, caps)) {
    Dispatch made = flat_dispatch(Kernel::cast, part, 0, caps);
    made.specialization = {static_cast<std::uint32_t>(problem.inputs[0].dtype),
                           static_cast<std::uint32_t>(target(problem))};
    lowering.dispatches.push_back(std::move(made));
  }
  return lowering;
}

// As the kernel does: integers towards zero, clamped, NaN to 0; floats to nearest, ties to even.
double converted(double x, DType to) {
  const auto clamped = [x](double low, double high) {
    return std::isnan(x) ? 0 : std::trunc(std::clamp(x, low, high));
  };
  switch (to) {
    case DType::f32:
      break;
    case DType::i32:
      return clamped(-0x1p31, 0x1p31 - 1);
    case DType::u32:
      return clamped(0, 0x1p32 - 1);
    case DType::u8:
      return clamped(0, 255);
    case DType::f16:
      return f16_value(f16_bits(static_cast<float>(x)));
    case DType::bf16:
      return bf16_value(bf16_bits(static_cast<float>(x)));
  }
  return static_cast<float>(x);
}

void cast_reference(const Problem& problem, std::span<const Values> in, Values& out) {
  const DType from = problem.inputs[0].dtype, to = target(problem);
  const bool same = from == to;  // then f32 values that are held in double stay what they are
  std::transform(in[0].begin(), in[0].end(), out.begin(),
                 [&](double x) { return same ? x : converted(x, to); });
}

std::vector<Sample> cast_samples() {
  std::vector<Sample> samples;
  const auto types = {DType::f32, DType::i32, DType::u32, DType::u8, DType::f16, DType::bf16};
  for (const DType from : types)
    for (const DType to : types)
      for (const Shape& shape : {Shape{1}, Shape{7, 11}, Shape{3, 4}})
        samples.push_back({.inputs = {{.shape = shape,
                                       .dtype = from,
                                       .low = is_real(from) || from == DType::i32 ? -300.0 : 0.0,
                                       .high = from == DType::u8 ? 255.0 : 300.0}},
                           .attrs = CastAttrs{to},
                           // a difference of two rounded values says nothing of the slope
                           .gradient = !is_half(from) && !is_half(to)});
  // What f16 holds as a fraction of its own, what it does not hold, and what lies between.
  for (const DType to : {DType::f16, DType::bf16})
    for (const double high : {1e-6, 1e-4, 7e4, 1e38})
      samples.push_back({.inputs = {{.shape = {7, 11}, .low = -high, .high = high}},
                         .attrs = CastAttrs{to},
                         .gradient = false});
  return samples;
}

std::vector<Sample> copy_samples() {
  return {{.inputs = {{.shape = {1}}}},
          {.inputs = {{.shape = {7, 11}}}},
          {.inputs = {{.shape = {13}, .dtype = DType::u8, .low = 0, .high = 255}}}};
}

}  // namespace

constinit const OpDef fill_op{.name = "fill",
                              .shape = fill_shape,
                              .lower = fill_lower,
                              .reference = fill_reference,
                              .samples = fill_samples,
                              .scale = Scale::exact};
constinit const OpDef cast_op{.name = "cast",
                              .kind = Kind::pointwise,
                              .shape = cast_shape,
                              .gradient = cast_gradient,
                              .lower = cast_lower,
                              .reference = cast_reference,
                              .samples = cast_samples,
                              .scale = Scale::exact,
                              .expression = "a"};  // loading and storing convert
constinit const OpDef copy_op{.name = "copy",
                              .shape = cast_shape,
                              .gradient = cast_gradient,
                              .lower = cast_lower,
                              .reference = cast_reference,
                              .samples = copy_samples,
                              .scale = Scale::exact};

Tensor cast(const Operand& x, DType to) { return record(cast_op, {x}, CastAttrs{to}); }
Tensor fill(const Shape& shape, double value) {
  return record(fill_op, {}, FillAttrs{shape, value});
}
Tensor copy(const Operand& x) { return record(copy_op, {x}); }

}  // namespace lemnos
