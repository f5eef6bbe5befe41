// SPDX-License-Identifier: Apache-2.0
// max_pool2d_grad(x, y, dy): dx, the sum of dy over the windows of which a pixel is the first that
// equals the window's result. No gradient of its own.
#include "ops/grid.h"
#include "ops/pool/windows.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

TensorType shape(const Problem& p) {
  const TensorType pooled = pool_shape(p);
  for (const int i : {1, 2})
    if (!(p.in(i) == pooled.shape) || !is_real(p.inputs[static_cast<std::size_t>(i)].dtype))
      p.fail("operand {} is {}, the pooled images are {}", i, p.in(i), pooled.shape);
  return {p.in(0)};
}

// Windows that do not overlap: an invocation for each, and for what lies beyond the last ones.
Lowering lower_apart(const Problem& p, const gpu::Caps& caps) {
  const auto attrs = p.attrs.as<PoolAttrs>();
  const auto cells = [&](std::int64_t size) { return ceil_div(size + attrs.pad, attrs.stride); };
  const auto side = static_cast<std::uint64_t>(attrs.stride);
  return lower_pool(p, caps,
                    {.kernel = IMAGE_KERNEL(max_pool_grad_apart),
                     .image = p.in(0),
                     .rows = cells(attrs.height),
                     .columns = cells(attrs.width),
                     .turns_per_element = side * (side + 1),
                     .masks = true,
                     .whole = attrs.pad == 0 && attrs.height % attrs.stride == 0 &&
                              attrs.width % attrs.stride == 0});
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const auto attrs = p.attrs.as<PoolAttrs>();
  if (!attrs.adapts() && attrs.kernel <= attrs.stride) return lower_apart(p, caps);
  const PoolReach over = reach_of_windows(attrs);
  return lower_pool(
      p, caps,
      {.kernel = IMAGE_KERNEL(max_pool_grad),
       .image = p.in(0),
       .rows = attrs.height,
       .columns = attrs.width,
       .turns_per_element = over.rows * (1 + over.columns * (1 + window_reach(attrs).turns())),
       .masks = true});
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
                               .fits = fits_images,
                               .reference = reference,
                               .samples = samples,
                               .ulp = pool_ulp,
                               .scale = Scale::inputs,
                               .finite_only = true,
                               .epilogues = Epilogues::mask,
                               .half = HalfOperands::reads};

Tensor max_pool2d_grad(const Operand& x, const Operand& y, const Operand& dy, PoolAttrs attrs) {
  return record(max_pool2d_grad_op, {x, y, dy}, attrs);
}

}  // namespace lemnos
