// SPDX-License-Identifier: Apache-2.0
// broadcast_to(x, shape): x repeated along axes where its size is 1 or that it lacks.
#include "ops/shape/shape.h"
#include "ops/shape/strided_copy.h"
#include "runtime/graph/trace.h"

namespace lemnos {

extern const OpDef broadcast_to_op;

namespace {

TensorType shape(const Problem& problem) {
  if (problem.inputs.size() != 1) problem.fail("takes one operand, not {}", problem.inputs.size());
  const Shape& x = problem.in(0);
  const Shape to = problem.attrs.as<ShapeAttrs>().shape();
  bool fits = x.rank() <= to.rank();
  for (int axis = -1; fits && axis >= -x.rank(); --axis) fits = x[axis] == 1 || x[axis] == to[axis];
  if (!fits) problem.fail("{} does not broadcast to {}", x, to);
  return {to, problem.inputs[0].dtype};
}

std::vector<Sample> samples() {
  const auto sample = [](const Shape& x, const Shape& to, DType dtype = DType::f32) {
    return Sample{.inputs = {{.shape = x, .dtype = dtype, .low = 0, .high = 9}},
                  .attrs = ShapeAttrs{to}};
  };
  return {sample({1}, {1}),
          sample({}, {7, 11}),
          sample({11}, {7, 11}),
          sample({7, 1}, {7, 11}),
          sample({3, 1, 2, 1}, {2, 1, 3, 5, 2, 2}),
          sample({3, 1}, {3, 4}, DType::i32),
          sample({3, 1}, {3, 7}, DType::u8)};
}

}  // namespace

constinit const OpDef broadcast_to_op{
    .name = "broadcast_to",
    .kind = Kind::pointwise,
    .shape = shape,
    // In the result's shape: autodiff sums it.
    .gradient = [](const Adjoint& d) -> std::vector<Tensor> { return {d.dresult}; },
    .lower = lower_copy<broadcast_layout>,
    .fits = fits_copy<broadcast_layout>,
    .reference = reference_copy<broadcast_layout>,
    .samples = samples,
    .scale = Scale::exact,
    .expression = "a"};

Tensor broadcast_to(const Operand& x, const Shape& shape) {
  return record(broadcast_to_op, {x}, ShapeAttrs{shape});
}

}  // namespace lemnos
