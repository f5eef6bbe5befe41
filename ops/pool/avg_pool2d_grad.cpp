// SPDX-License-Identifier: Apache-2.0
// avg_pool2d_grad(dy): dx, the sum of dy / size of the window over the windows that cover a pixel.
// Gradient: avg_pool2d of d, as the map is linear.
#include "ops/pool/windows.h"
#include "runtime/graph/trace.h"

namespace lemnos {

extern const OpDef avg_pool2d_op;

namespace {

TensorType shape(const Problem& p) {
  check_pooled(p, 0);
  const auto attrs = p.attrs.as<PoolAttrs>();
  return {Shape{p.in(0)[0], attrs.height, attrs.width, p.in(0)[3]}, DType::f32};
}

std::vector<Tensor> gradient(const Adjoint& a) {
  return {record(avg_pool2d_op, {a.dresult}, a.attrs)};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const auto attrs = p.attrs.as<PoolAttrs>();
  return lower_pool(p, caps,
                    {.kernel = IMAGE_KERNEL(avg_pool_grad),
                     .image = p.out(),
                     .rows = attrs.height,
                     .columns = attrs.width,
                     .turns_per_element = reach_of_windows(attrs).turns(),
                     .max = false});
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  const auto attrs = p.attrs.as<PoolAttrs>();
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  each_window(p.out(), attrs, [&](std::size_t at, auto pixels) {
    for (const std::size_t i : pixels) out[i] += in[0][at] / window_divisor(attrs, pixels.size());
  });
}

std::vector<Sample> samples() {
  std::vector<Sample> all = pool_samples();
  for (Sample& sample : all)
    sample.inputs[0].shape = pooled_shape(sample.inputs[0].shape, sample.attrs.as<PoolAttrs>());
  return all;
}

}  // namespace

extern const OpDef avg_pool2d_grad_op;
const OpDef avg_pool2d_grad_op{.name = "avg_pool2d_grad",
                               .shape = shape,
                               .gradient = gradient,
                               .lower = lower,
                               .fits = fits_images,
                               .reference = reference,
                               .samples = samples,
                               .ulp = pool_ulp,
                               .scale = Scale::inputs,
                               .half = HalfOperands::reads};

Tensor avg_pool2d_grad(const Operand& dy, PoolAttrs attrs) {
  return record(avg_pool2d_grad_op, {dy}, attrs);
}

}  // namespace lemnos
