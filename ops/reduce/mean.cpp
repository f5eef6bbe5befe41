// SPDX-License-Identifier: Apache-2.0
// mean(x, axes): the sum times 1 / length. Gradient: dy / length repeated along the axes.
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/axes.h"
#include "ops/shape/shape.h"

namespace lemnos {
namespace {

std::vector<Tensor> mean_gradient(const Adjoint& a) {
  const double length =
      static_cast<double>(a.in(0).elements()) / static_cast<double>(a.result.elements());
  return {broadcast_to(a.dresult * (1 / length), a.in(0).shape())};
}

Lowering lower_mean(const Problem& p, const gpu::Caps& caps) {
  return lower_reduce(p, caps, ReduceMode::sum, static_cast<float>(1 / reduced_length(p)));
}

void mean_reference(const Problem& p, std::span<const Values> in, Values& out) {
  out.clear();
  const Lines lines = reduced_lines(p);
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double total = 0;
    for (std::size_t k = 0; k < lines.length; ++k) total += in[0][first + k * step];
    out.push_back(total / static_cast<double>(lines.length));
  });
}

}  // namespace

extern const OpDef mean_op;
const OpDef mean_op{.name = "mean",
                    .shape = reduced_shape,
                    .gradient = mean_gradient,
                    .lower = lower_mean,
                    .fits = fits_reduce,
                    .reference = mean_reference,
                    .samples = reduce_samples,
                    .flops = reduced_elements,
                    .scale = Scale::inputs,
                    .terms = reduced_length};

Tensor mean(const Operand& x, const Axes& axes, ReduceOptions options) {
  return reduce(mean_op, x, axes, options);
}

}  // namespace lemnos
