// SPDX-License-Identifier: Apache-2.0
// max_pool2d(x, {kernel, stride, pad}): the largest pixel of each window. Gradient:
// max_pool2d_grad.
#include <cmath>
#include <limits>

#include "ops/pool/windows.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

std::vector<Tensor> max_pool_gradient(const Adjoint& a) {
  return {max_pool2d_grad(a.in(0), a.result, a.dresult, a.attrs.as<PoolAttrs>())};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  return lower_pool(p, caps,
                    {.kernel = IMAGE_KERNEL(pool),
                     .image = p.in(0),
                     .rows = p.out()[1],
                     .columns = p.out()[2],
                     .turns_per_element = window_reach(p.attrs.as<PoolAttrs>()).turns()});
}

void max_pool_reference(const Problem& p, std::span<const Values> in, Values& out) {
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  each_window(p.in(0), p.attrs.as<PoolAttrs>(), [&](std::size_t at, auto pixels) {
    double largest = -std::numeric_limits<double>::infinity();
    for (const std::size_t i : pixels)
      if (in[0][i] > largest || std::isnan(in[0][i])) largest = in[0][i];
    out[at] = largest;
  });
}

}  // namespace

extern const OpDef max_pool2d_op;
const OpDef max_pool2d_op{.name = "max_pool2d",
                          .shape = pool_shape,
                          .gradient = max_pool_gradient,
                          .lower = lower,
                          .fits = fits_images,
                          .reference = max_pool_reference,
                          .samples = pool_samples,
                          .scale = Scale::exact,
                          .half = HalfOperands::reads};

Tensor max_pool2d(const Operand& x, PoolOptions o) {
  return record(max_pool2d_op, {x}, pool_attrs("max_pool2d", x, {o.kernel, o.stride, o.pad}));
}

Tensor adaptive_max_pool2d(const Operand& x, ImageSize size) {
  return record(max_pool2d_op, {x}, adaptive_attrs("adaptive_max_pool2d", x, size));
}

}  // namespace lemnos
