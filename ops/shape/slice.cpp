// SPDX-License-Identifier: Apache-2.0
// slice(x, axis, begin, end): elements begin <= i < end along one axis.
#include "ops/shape/shape.h"
#include "ops/shape/strided_copy.h"
#include "runtime/graph/trace.h"

namespace lemnos {

extern const OpDef slice_op;

namespace {

struct SliceAttrs {
  std::int64_t axis = 0, begin = 0, end = 0;
};

TensorType shape(const Problem& problem) {
  if (problem.inputs.size() != 1) problem.fail("takes one operand, not {}", problem.inputs.size());
  const auto attrs = problem.attrs.as<SliceAttrs>();
  const Shape& x = problem.in(0);
  if (attrs.axis < 0 || attrs.axis >= x.rank()) problem.fail("{} has no axis {}", x, attrs.axis);
  const int axis = static_cast<int>(attrs.axis);
  if (attrs.begin < 0 || attrs.begin >= attrs.end || attrs.end > x[axis])
    problem.fail("elements {} to {} of axis {} do not lie within {}", attrs.begin, attrs.end, axis,
                 x);
  return {x.with(axis, attrs.end - attrs.begin), problem.inputs[0].dtype};
}

Layout layout(const Problem& problem) {
  const auto attrs = problem.attrs.as<SliceAttrs>();
  Walk from = row_major(problem.inputs[0]);
  from.offset = attrs.begin * problem.in(0).stride(static_cast<int>(attrs.axis));
  Layout made;
  made.rank = problem.out().rank();
  std::copy(problem.out().begin(), problem.out().end(), made.sizes.begin());
  made.walks = {from, row_major(problem.result)};
  return made;
}

std::vector<Tensor> gradient(const Adjoint& d) {
  const auto attrs = d.attrs.as<SliceAttrs>();
  const auto axis = static_cast<std::size_t>(attrs.axis);
  std::vector<std::int64_t> before(static_cast<std::size_t>(d.in(0).rank())), after = before;
  before[axis] = attrs.begin;
  after[axis] = d.in(0).size(static_cast<int>(attrs.axis)) - attrs.end;
  return {pad(d.dresult, before, after)};
}

std::vector<Sample> samples() {
  const auto sample = [](const Shape& x, SliceAttrs attrs, DType dtype = DType::f32) {
    return Sample{.inputs = {{.shape = x, .dtype = dtype, .low = 0, .high = 9}}, .attrs = attrs};
  };
  return {sample({1}, {0, 0, 1}),
          sample({7, 11}, {1, 2, 5}),
          sample({7, 11}, {0, 6, 7}),
          sample({2, 3, 2, 5, 1, 3}, {3, 1, 4}),
          sample({5, 16}, {1, 4, 12}),  // whole vectors
          sample({5, 16}, {1, 2, 10}),
          sample({13}, {0, 5, 8}, DType::u32),
          sample({5, 9, 3}, {1, 2, 7}, DType::u8)};
}

}  // namespace

constinit const OpDef slice_op{.name = "slice",
                               .shape = shape,
                               .gradient = gradient,
                               .lower = lower_copy<layout>,
                               .fits = fits_copy<layout>,
                               .reference = reference_copy<layout>,
                               .samples = samples,
                               .scale = Scale::exact};

Tensor slice(const Operand& x, int axis, std::int64_t begin, std::int64_t end) {
  const int rank = x.shape().rank();
  if (axis < 0) axis += rank;
  const std::int64_t size = axis >= 0 && axis < rank ? x.shape()[axis] : 0;
  return record(slice_op, {x},
                SliceAttrs{axis, begin < 0 ? begin + size : begin, end < 0 ? end + size : end});
}

}  // namespace lemnos
