// SPDX-License-Identifier: Apache-2.0
// sum_squares(x, axes): the sum of x^2, squared while it is read. Gradient: 2 x dy.
#include <algorithm>

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/axes.h"

namespace lemnos {

extern const OpDef sum_op;

namespace {

std::vector<Tensor> gradient(const Adjoint& a) { return {a.in(0) * (2.0 * a.dresult)}; }

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  return lower_reduce(p, caps, ReduceMode::sum_squares, 1);
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  out.clear();
  const Lines lines = reduced_lines(p);
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double total = 0;
    for (std::size_t k = 0; k < lines.length; ++k)
      total += in[0][first + k * step] * in[0][first + k * step];
    out.push_back(total);
  });
}

}  // namespace

extern const OpDef sum_squares_op;
const OpDef sum_squares_op{.name = "sum_squares",
                           .shape = reduced_shape,
                           .gradient = gradient,
                           .lower = lower,
                           .fits = fits_reduce,
                           .reference = reference,
                           .samples = reduce_samples,
                           .flops = reduced_elements,
                           .terms = reduced_length};

Tensor sum_squares(const Operand& x, const Axes& axes, ReduceOptions options) {
  const auto mask = axis_mask(sum_squares_op.name, x, axes);
  if (std::none_of(mask.begin(), mask.end(), [](bool reduced) { return reduced; })) return x * x;
  return reduce(sum_squares_op, x, axes, options, &sum_op);
}

}  // namespace lemnos
