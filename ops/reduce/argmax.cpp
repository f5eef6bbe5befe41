// SPDX-License-Identifier: Apache-2.0
// argmax(x, axis): position of the first largest element along one axis, u32. No gradient.
#include "ops/reduce/arg_reduce.h"

namespace lemnos {
namespace {

Lowering lower_argmax(const Problem& p, const gpu::Caps& caps) { return lower_arg(p, caps, false); }

void argmax_reference(const Problem& p, std::span<const Values> in, Values& out) {
  arg_reference(p, in[0], out, false);
}

}  // namespace

extern const OpDef argmax_op;
const OpDef argmax_op{.name = "argmax",
                      .shape = arg_shape,
                      .lower = lower_argmax,
                      .fits = fits_arg,
                      .reference = argmax_reference,
                      .samples = arg_samples,
                      .flops = reduced_elements,
                      .scale = Scale::exact};

Tensor argmax(const Operand& x, int axis, ReduceOptions options) {
  return arg_reduce(argmax_op, x, axis, options);
}

}  // namespace lemnos
