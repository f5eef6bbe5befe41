// SPDX-License-Identifier: Apache-2.0
// sum(x, axes). Gradient: dy repeated along the axes.
#include "ops/reduce/axes.h"
#include "ops/shape/shape.h"

namespace lemnos {
namespace {

std::vector<Tensor> sum_gradient(const Adjoint& a) {
  return {broadcast_to(a.dresult, a.in(0).shape())};
}

Lowering lower_sum(const Problem& p, const gpu::Caps& caps) {
  return lower_reduce(p, caps, ReduceMode::sum, 1);
}

void sum_reference(const Problem& p, std::span<const Values> in, Values& out) {
  out.clear();
  const Lines lines = reduced_lines(p);
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double total = 0;
    for (std::size_t k = 0; k < lines.length; ++k) total += in[0][first + k * step];
    out.push_back(total);
  });
}

}  // namespace

extern const OpDef sum_op;
const OpDef sum_op{.name = "sum",
                   .shape = reduced_shape,
                   .gradient = sum_gradient,
                   .lower = lower_sum,
                   .fits = fits_reduce,
                   .reference = sum_reference,
                   .samples = reduce_samples,
                   .flops = reduced_elements,
                   .scale = Scale::inputs,
                   .terms = reduced_length,
                   .half = HalfOperands::reads};

bool sums_to_last_axis(const Problem& p) {
  if (p.op != &sum_op) return false;
  const auto [first, last] = p.attrs.as<ReduceAttrs>();
  return first == 0 && last == p.in(0).rank() - 2;
}

Tensor sum(const Operand& x, const Axes& axes, ReduceOptions options) {
  return reduce(sum_op, x, axes, options);
}

// Axes that broadcasting added in front, or that were repeated from size 1, are summed.
Tensor sum_to(const Tensor& gradient, const Shape& shape) {
  if (gradient.shape() == shape) return gradient;
  const int added = gradient.rank() - shape.rank();
  std::array<int, Shape::max_rank> axes{};
  std::size_t count = 0;
  for (int i = 0; i < gradient.rank(); ++i)
    if (i < added || (shape[i - added] == 1 && gradient.size(i) != 1)) axes[count++] = i;
  const Tensor total = count == 0
                           ? gradient
                           : sum(gradient, Axes(std::span(axes.data(), count)), {.keepdims = true});
  return reshape(total, shape);
}

}  // namespace lemnos
