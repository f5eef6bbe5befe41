// SPDX-License-Identifier: Apache-2.0
// min(x, axes): the smallest element. Gradient: shared evenly by all elements equal to it.
#include "ops/reduce/extremes.h"

namespace lemnos {
namespace {

Lowering lower_min(const Problem& p, const gpu::Caps& caps) {
  return lower_reduce(p, caps, ReduceMode::min, 1);
}

void min_reference(const Problem& p, std::span<const Values> in, Values& out) {
  extreme_reference(p, in[0], out, [](double a, double b) { return a < b; });
}

}  // namespace

extern const OpDef min_op;
const OpDef min_op{.name = "min",
                   .shape = reduced_shape,
                   .gradient = extreme_gradient,
                   .lower = lower_min,
                   .fits = fits_reduce,
                   .reference = min_reference,
                   .samples = reduce_samples,
                   .flops = reduced_elements,
                   .scale = Scale::exact};

Tensor min(const Operand& x, const Axes& axes, ReduceOptions options) {
  return reduce_at_once(min_op, x, axes, options);
}

}  // namespace lemnos
