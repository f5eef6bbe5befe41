// SPDX-License-Identifier: Apache-2.0
// log_softmax_grad(y, dy, axis): dx = dy - exp(y) * sum(dy) along one axis. Gradient in plain ops:
// for dy: d - sum(d * exp(y)); for y: -d * exp(y) * sum(dy).
#include <cmath>

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/softmax.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

std::vector<Tensor> log_softmax_grad_gradient(const Adjoint& a) {
  const int axis = a.attrs.as<SoftmaxAttrs>().axis;
  const Tensor weighted = a.dresult * exp(a.in(0));
  return {-(weighted * sum(a.in(1), axis, {.keepdims = true})),
          a.dresult - sum(weighted, axis, {.keepdims = true})};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  return lower_softmax_grad(p, caps, SoftmaxMode::log_softmax);
}

void log_softmax_grad_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const Lines lines = softmax_lines(p);
  const Values &y = in[0], &dy = in[1];
  out.resize(y.size());
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double total = 0;
    for (std::size_t k = 0, i = first; k < lines.length; ++k, i += step) total += dy[i];
    for (std::size_t k = 0, i = first; k < lines.length; ++k, i += step)
      out[i] = dy[i] - std::exp(y[i]) * total;
  });
}

void log_softmax_grad_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  const Lines lines = softmax_lines(p);
  const Values &y = in[0], &dy = in[1];
  out.resize(y.size());
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double total = 0;
    for (std::size_t k = 0, i = first; k < lines.length; ++k, i += step) total += std::abs(dy[i]);
    for (std::size_t k = 0, i = first; k < lines.length; ++k, i += step)
      out[i] = std::abs(dy[i]) + std::exp(y[i]) * total;
  });
}

}  // namespace

extern const OpDef log_softmax_grad_op;
const OpDef log_softmax_grad_op{.name = "log_softmax_grad",
                                .shape = softmax_shape,
                                .gradient = log_softmax_grad_gradient,
                                .lower = lower,
                                .fits = fits_softmax,
                                .reference = log_softmax_grad_reference,
                                .samples = softmax_grad_samples,
                                .terms = softmax_length,
                                .magnitude = log_softmax_grad_magnitude};

Tensor log_softmax_grad(const Operand& y, const Operand& dy, int axis) {
  return record(log_softmax_grad_op, {y, dy}, SoftmaxAttrs{axis});
}

}  // namespace lemnos
