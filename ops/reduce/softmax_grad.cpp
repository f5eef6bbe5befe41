// SPDX-License-Identifier: Apache-2.0
// softmax_grad(y, dy, axis): dx = y * (dy - sum(y * dy)) along one axis. Gradient in plain ops:
// for dy the same map again, as it is symmetric; for y: d * (dy - sum(y * dy)) - dy * sum(d * y).
#include <cmath>

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/softmax.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

std::vector<Tensor> softmax_grad_gradient(const Adjoint& a) {
  const int axis = a.attrs.as<SoftmaxAttrs>().axis;
  const Tensor &y = a.in(0), &dy = a.in(1), &d = a.dresult;
  const Tensor of_dy = sum(y * dy, axis, {.keepdims = true});
  const Tensor of_d = sum(y * d, axis, {.keepdims = true});
  return {d * (dy - of_dy) - dy * of_d, softmax_grad(y, d, axis)};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  return lower_softmax_grad(p, caps, SoftmaxMode::softmax);
}

void softmax_grad_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const Lines lines = softmax_lines(p);
  const Values &y = in[0], &dy = in[1];
  out.resize(y.size());
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double total = 0;
    for (std::size_t k = 0, i = first; k < lines.length; ++k, i += step) total += y[i] * dy[i];
    for (std::size_t k = 0, i = first; k < lines.length; ++k, i += step)
      out[i] = y[i] * (dy[i] - total);
  });
}

void softmax_grad_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  const Lines lines = softmax_lines(p);
  const Values &y = in[0], &dy = in[1];
  out.resize(y.size());
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double total = 0;
    for (std::size_t k = 0, i = first; k < lines.length; ++k, i += step)
      total += std::abs(y[i] * dy[i]);
    for (std::size_t k = 0, i = first; k < lines.length; ++k, i += step)
      out[i] = std::abs(y[i]) * (std::abs(dy[i]) + total);
  });
}

}  // namespace

extern const OpDef softmax_grad_op;
const OpDef softmax_grad_op{.name = "softmax_grad",
                            .shape = softmax_shape,
                            .gradient = softmax_grad_gradient,
                            .lower = lower,
                            .fits = fits_softmax,
                            .reference = softmax_grad_reference,
                            .samples = softmax_grad_samples,
                            .terms = softmax_length,
                            .magnitude = softmax_grad_magnitude};

Tensor softmax_grad(const Operand& y, const Operand& dy, int axis) {
  return record(softmax_grad_op, {y, dy}, SoftmaxAttrs{axis});
}

}  // namespace lemnos
