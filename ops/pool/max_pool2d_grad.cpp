// SPDX-License-Identifier: Apache-2.0
// max_pool2d_grad(x, y, dy): dx, the sum of dy over the windows of which a pixel is the first that
// equals the window's result. No gradient of its own.
#include "ops/pool/windows.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

TensorType shape(const Problem& p) {
  const TensorType pooled = pool_shape(p);
  for (const int i : {1, 2})
    if (!(p.inputs[static_cast<std::size_t>(i)] == pooled))
      p.fail("operand {} is {}, the pooled images are {}", i, p.in(i), pooled.shape);
  return p.inputs[0];
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const auto attrs = p.attrs.as<PoolAttrs>();
  const auto kernel = static_cast<std::uint64_t>(attrs.kernel);
  const auto over = static_cast<std::uint64_t>(attrs.kernel / attrs.stride + 1);
  return lower_pool(p, caps, {Kernel::max_pool_grad, Kernel::max_pool_grad_vec4}, p.in(0),
                    over * (1 + over * (1 + kernel * (kernel + 1))), true);
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  each_window(p.in(0), p.attrs.as<PoolAttrs>(), [&](std::size_t at, auto pixels) {
    for (const std::size_t i : pixels) {
      if (in[0][i] != in[1][at]) continue;
      out[i] += in[2][at];
      return;
    }
  });
}

// y drawn at random would equal x nowhere. Here every pixel ties; tests/ops covers the rest.
std::vector<Sample> samples() {
  std::vector<Sample> all = pool_samples();
  for (Sample& sample : all) {
    const auto attrs = sample.attrs.as<PoolAttrs>();
    const Shape pooled = pooled_shape(sample.inputs[0].shape, attrs);
    sample.inputs[0].low = sample.inputs[0].high = 1;  // every pixel ties
    sample.inputs.push_back({.shape = pooled, .low = 1, .high = 1});
    sample.inputs.push_back({.shape = pooled});
    sample.gradient = false;
  }
  return all;
}

}  // namespace

extern const OpDef max_pool2d_grad_op;
const OpDef max_pool2d_grad_op{.name = "max_pool2d_grad",
                               .shape = shape,
                               .lower = lower,
                               .fits = fits_pool,
                               .reference = reference,
                               .samples = samples,
                               .ulp = pool_ulp,
                               .scale = Scale::inputs};

Tensor max_pool2d_grad(const Operand& x, const Operand& y, const Operand& dy, PoolAttrs attrs) {
  return record(max_pool2d_grad_op, {x, y, dy}, attrs);
}

}  // namespace lemnos
