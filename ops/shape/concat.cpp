// SPDX-License-Identifier: Apache-2.0
// concat(parts, axis): the operands one after the other; stack: along a new axis.
#include "ops/shape/shape.h"
#include "ops/shape/strided_copy.h"
#include "runtime/graph/trace.h"

namespace lemnos {

extern const OpDef concat_op;

namespace {

struct ConcatAttrs {
  std::int32_t axis = 0;
};

TensorType shape(const Problem& problem) {
  if (problem.inputs.empty()) problem.fail("takes at least one operand");
  const int axis = problem.attrs.as<ConcatAttrs>().axis;
  const Shape& first = problem.in(0);
  if (axis < 0 || axis >= first.rank()) problem.fail("{} has no axis {}", first, axis);
  if (problem.inputs[0].dtype == DType::u8) problem.fail("cannot join u8; help: cast it to f32");
  std::int64_t size = 0;
  for (const TensorType& type : problem.inputs) {
    if (type.dtype != problem.inputs[0].dtype)
      problem.fail("element types {} and {} differ", name_of(problem.inputs[0].dtype),
                   name_of(type.dtype));
    if (type.shape.rank() != first.rank() || !(type.shape.with(axis, first[axis]) == first))
      problem.fail("{} and {} differ outside of axis {}", first, type.shape, axis);
    size += type.shape[axis];
  }
  return {first.with(axis, size), problem.inputs[0].dtype};
}

// Where operand i goes.
Layout layout(const Problem& problem, std::size_t i) {
  const int axis = problem.attrs.as<ConcatAttrs>().axis;
  std::int64_t before = 0;
  for (std::size_t k = 0; k < i; ++k) before += problem.inputs[k].shape[axis];
  const Shape& part = problem.inputs[i].shape;
  Layout made;
  made.rank = part.rank();
  std::copy(part.begin(), part.end(), made.sizes.begin());
  made.walks = {row_major(problem.inputs[i]),
                row_major(problem.result, before * problem.out().stride(axis))};
  return made;
}

Lowering lower(const Problem& problem, const gpu::Caps& caps) {
  Lowering lowering;
  for (std::size_t i = 0; i < problem.inputs.size(); ++i)
    append_copy(lowering, layout(problem, i), static_cast<std::uint32_t>(i), caps);
  return lowering;
}

void reference(const Problem& problem, std::span<const Values> in, Values& out) {
  for (std::size_t i = 0; i < in.size(); ++i) copy_reference(layout(problem, i), in[i], out);
}

std::vector<Tensor> gradient(const Adjoint& d) {
  const int axis = d.attrs.as<ConcatAttrs>().axis;
  std::vector<Tensor> parts;
  std::int64_t begin = 0;
  for (const Tensor& input : d.inputs) {
    parts.push_back(slice(d.dresult, axis, begin, begin + input.size(axis)));
    begin += input.size(axis);
  }
  return parts;
}

std::vector<Sample> samples() {
  const auto sample = [](std::initializer_list<Shape> shapes, int axis, DType dtype = DType::f32) {
    Sample made{.inputs = {}, .attrs = ConcatAttrs{axis}};
    for (const Shape& part : shapes) made.inputs.push_back({.shape = part, .dtype = dtype});
    return made;
  };
  return {sample({{1}}, 0),
          sample({{7, 11}, {7, 2}, {7, 1}}, 1),
          sample({{7, 11}, {2, 11}}, 0),
          sample({{3, 8}, {3, 4}}, 1),
          sample({{3, 8}, {3, 2}, {3, 4}}, 1),
          sample({{2, 3, 2, 1, 2, 3}, {2, 3, 2, 5, 2, 3}}, 3),
          sample({{5}, {3}}, 0, DType::i32)};
}

}  // namespace

constinit const OpDef concat_op{.name = "concat",
                                .shape = shape,
                                .gradient = gradient,
                                .lower = lower,
                                .reference = reference,
                                .samples = samples,
                                .scale = Scale::exact};

Tensor concat(std::span<const Operand> parts, int axis) {
  if (axis < 0 && !parts.empty()) axis += parts[0].shape().rank();
  return record(concat_op, parts, ConcatAttrs{axis});
}

Tensor concat(std::initializer_list<Operand> parts, int axis) {
  return concat(std::span(parts.begin(), parts.size()), axis);
}

Tensor stack(std::initializer_list<Operand> parts, int axis) {
  std::vector<Operand> expanded;
  for (const Operand& part : parts) {
    const Shape& shape = part.shape();
    const int at = axis < 0 ? axis + shape.rank() + 1 : axis;
    if (at < 0 || at > shape.rank() || !(shape == parts.begin()->shape()))
      fail_at(part.at(), "stack: cannot join {} and {} along a new axis {}", parts.begin()->shape(),
              shape, axis);
    expanded.emplace_back(reshape(part, shape.inserted(at, 1)), part.at());
  }
  return concat(expanded, axis < 0 && !expanded.empty() ? axis + expanded[0].shape().rank() : axis);
}

}  // namespace lemnos
