// SPDX-License-Identifier: Apache-2.0
// max(x, axes): the largest element. Gradient: shared evenly by all elements equal to it.
#include "ops/reduce/extremes.h"

namespace lemnos {
namespace {

Lowering lower_max(const Problem& p, const gpu::Caps& caps) {
  return lower_reduce(p, caps, ReduceMode::max, 1);
}

void max_reference(const Problem& p, std::span<const Values> in, Values& out) {
  extreme_reference(p, in[0], out, [](double a, double b) { return a > b; });
}

}  // namespace

extern const OpDef max_op;
const OpDef max_op{.name = "max",
                   .shape = reduced_shape,
                   .gradient = extreme_gradient,
                   .lower = lower_max,
                   .fits = fits_reduce,
                   .reference = max_reference,
                   .samples = reduce_samples,
                   .flops = reduced_elements,
                   .scale = Scale::exact};

Tensor max(const Operand& x, const Axes& axes, ReduceOptions options) {
  return reduce_at_once(max_op, x, axes, options);
}

}  // namespace lemnos
