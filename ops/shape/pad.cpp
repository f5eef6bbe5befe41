// SPDX-License-Identifier: Apache-2.0
// pad(x, before, after): zeros around x.
#include "ops/shape/shape.h"
#include "ops/shape/strided_copy.h"
#include "runtime/graph/trace.h"

namespace lemnos {

extern const OpDef pad_op;

namespace {

struct PadAttrs {
  std::array<std::int64_t, Shape::max_rank> before{}, after{};
};

TensorType shape(const Problem& problem) {
  if (problem.inputs.size() != 1) problem.fail("takes one operand, not {}", problem.inputs.size());
  if (problem.inputs[0].dtype == DType::u8) problem.fail("cannot pad u8; help: cast it to f32");
  const auto attrs = problem.attrs.as<PadAttrs>();
  std::vector<std::int64_t> sizes(problem.in(0).begin(), problem.in(0).end());
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    if (attrs.before[axis] < 0 || attrs.after[axis] < 0)
      problem.fail("{} zeros before and {} after axis {} of {}: neither may be negative",
                   attrs.before[axis], attrs.after[axis], axis, problem.in(0));
    sizes[axis] += attrs.before[axis] + attrs.after[axis];
  }
  return {Shape(sizes), problem.inputs[0].dtype};
}

// Only the copy of x into its place; zeros come first.
Layout layout(const Problem& problem) {
  const auto attrs = problem.attrs.as<PadAttrs>();
  Walk to = row_major(problem.result);
  // Sizes of 1 in the result have stride 0, and nothing before them.
  for (std::size_t axis = 0; axis < to.strides.size(); ++axis)
    to.offset += attrs.before[axis] * to.strides[axis];
  Layout made;
  made.rank = problem.out().rank();
  std::copy(problem.in(0).begin(), problem.in(0).end(), made.sizes.begin());
  made.walks = {row_major(problem.inputs[0]), to};
  return made;
}

Lowering lower(const Problem& problem, const gpu::Caps& caps) {
  Lowering lowering;
  append_zeros(lowering, problem, caps);
  append_copy(lowering, layout(problem), 0, caps);
  return lowering;
}

void reference(const Problem& problem, std::span<const Values> in, Values& out) {
  std::fill(out.begin(), out.end(), 0.0);
  copy_reference(layout(problem), in[0], out);
}

std::vector<Tensor> gradient(const Adjoint& d) {
  const auto attrs = d.attrs.as<PadAttrs>();
  Tensor inner = d.dresult;
  for (int axis = 0; axis < inner.rank(); ++axis) {
    const std::int64_t before = attrs.before[static_cast<std::size_t>(axis)];
    const std::int64_t size = d.in(0).size(axis);
    if (size != inner.size(axis)) inner = slice(inner, axis, before, before + size);
  }
  return {inner};
}

std::vector<Sample> samples() {
  const auto sample = [](const Shape& x, PadAttrs attrs, DType dtype = DType::f32) {
    return Sample{.inputs = {{.shape = x, .dtype = dtype}}, .attrs = attrs};
  };
  return {sample({1}, {{2}, {3}}),
          sample({7, 11}, {{0, 1}, {2, 0}}),
          sample({2, 3, 1, 2, 1, 3}, {{1, 0, 2, 0, 0, 1}, {0, 2, 1, 0, 0, 1}}),
          sample({2, 5}, {}),
          sample({3, 8}, {{1, 4}, {0, 8}}),
          sample({5, 3}, {{1, 0}, {0, 2}}, DType::i32)};
}

}  // namespace

constinit const OpDef pad_op{.name = "pad",
                             .shape = shape,
                             .gradient = gradient,
                             .lower = lower,
                             .reference = reference,
                             .samples = samples,
                             .scale = Scale::exact};

Tensor pad(const Operand& x, std::span<const std::int64_t> before,
           std::span<const std::int64_t> after) {
  const auto rank = static_cast<std::size_t>(x.shape().rank());
  if (before.size() != rank || after.size() != rank)
    fail_at(x.at(), "pad: {} counts before and {} after were given for {}, one an axis is needed",
            before.size(), after.size(), x.shape());
  PadAttrs attrs;
  std::copy(before.begin(), before.end(), attrs.before.begin());
  std::copy(after.begin(), after.end(), attrs.after.begin());
  return record(pad_op, {x}, attrs);
}

Tensor pad(const Operand& x, std::initializer_list<std::int64_t> before,
           std::initializer_list<std::int64_t> after) {
  return pad(x, std::span(before.begin(), before.size()), std::span(after.begin(), after.size()));
}

}  // namespace lemnos
