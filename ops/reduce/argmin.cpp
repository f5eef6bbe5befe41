// SPDX-License-Identifier: Apache-2.0
// argmin(x, axis): position of the first smallest element along one axis, u32. No gradient.
#include "ops/reduce/arg_reduce.h"

namespace lemnos {
namespace {

Lowering lower_argmin(const Problem& p, const gpu::Caps& caps) { return lower_arg(p, caps, true); }

void argmin_reference(const Problem& p, std::span<const Values> in, Values& out) {
  arg_reference(p, in[0], out, true);
}

}  // namespace

extern const OpDef argmin_op;
const OpDef argmin_op{.name = "argmin",
                      .shape = arg_shape,
                      .lower = lower_argmin,
                      .fits = fits_arg,
                      .reference = argmin_reference,
                      .samples = arg_samples,
                      .flops = reduced_elements,
                      .scale = Scale::exact};

Tensor argmin(const Operand& x, int axis, ReduceOptions options) {
  return arg_reduce(argmin_op, x, axis, options);
}

}  // namespace lemnos
