// SPDX-License-Identifier: Apache-2.0
// avg_pool2d(x, {kernel, stride, pad}): the mean of each window. Gradient: avg_pool2d_grad.
#include "ops/pool/windows.h"
#include "ops/reduce/reduce.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

std::vector<Tensor> avg_pool_gradient(const Adjoint& a) {
  return {avg_pool2d_grad(a.dresult, a.attrs.as<PoolAttrs>())};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  return lower_pool(p, caps,
                    {.kernel = IMAGE_KERNEL(pool),
                     .image = p.in(0),
                     .rows = p.out()[1],
                     .columns = p.out()[2],
                     .turns_per_element = window_reach(p.attrs.as<PoolAttrs>()).turns(),
                     .max = false});
}

void avg_pool_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const auto attrs = p.attrs.as<PoolAttrs>();
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  each_window(p.in(0), attrs, [&](std::size_t at, auto pixels) {
    for (const std::size_t i : pixels) out[at] += in[0][i];
    out[at] /= window_divisor(attrs, pixels.size());
  });
}

}  // namespace

extern const OpDef avg_pool2d_op;
const OpDef avg_pool2d_op{.name = "avg_pool2d",
                          .shape = pool_shape,
                          .gradient = avg_pool_gradient,
                          .lower = lower,
                          .fits = fits_images,
                          .reference = avg_pool_reference,
                          .samples = pool_samples,
                          .ulp = pool_ulp,
                          .scale = Scale::inputs,
                          .half = HalfOperands::reads};

Tensor avg_pool2d(const Operand& x, AvgPoolOptions options) {
  return record(avg_pool2d_op, {x}, pool_attrs("avg_pool2d", x, options));
}

Tensor adaptive_avg_pool2d(const Operand& x, ImageSize size) {
  const PoolAttrs attrs = adaptive_attrs("adaptive_avg_pool2d", x, size);
  if (size.height == 1 && size.width == 1) return mean(x, {1, 2}, {.keepdims = true});
  return record(avg_pool2d_op, {x}, attrs);
}

}  // namespace lemnos
