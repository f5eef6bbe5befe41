// SPDX-License-Identifier: Apache-2.0
// log_softmax(x, axis): y = x - max x - log sum exp(x - max x) along one axis. A line of -inf gives
// -inf. Gradient: dx = dy - exp(y) * sum(dy).
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/reduce/softmax.h"

namespace lemnos {
namespace {

std::vector<Tensor> log_softmax_gradient(const Adjoint& a) {
  return {log_softmax_grad(a.result, a.dresult, a.attrs.as<SoftmaxAttrs>().axis)};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  return lower_softmax(p, caps, SoftmaxMode::log_softmax);
}

// result(x, largest, log of the sum) for every element.
void each_logarithm(const Problem& p, const Values& x, Values& y,
                    double (*result)(double, double, double)) {
  const Lines lines = softmax_lines(p);
  y = x;
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double largest = -std::numeric_limits<double>::infinity(), total = 0;
    for (std::size_t k = 0; k < lines.length; ++k) largest = std::max(largest, x[first + k * step]);
    if (std::isinf(largest) && largest < 0) return;
    for (std::size_t k = 0; k < lines.length; ++k) total += std::exp(x[first + k * step] - largest);
    for (std::size_t k = 0; k < lines.length; ++k)
      y[first + k * step] = result(x[first + k * step], largest, std::log(total));
  });
}

void log_softmax_reference(const Problem& p, std::span<const Values> in, Values& out) {
  each_logarithm(p, in[0], out, [](double x, double m, double log) { return x - m - log; });
}

// The terms of the subtraction; 1 for the relative error of the sum.
void log_softmax_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  each_logarithm(p, in[0], out,
                 [](double x, double m, double log) { return (m - x) + std::abs(log) + 1; });
}

}  // namespace

extern const OpDef log_softmax_op;
const OpDef log_softmax_op{.name = "log_softmax",
                           .shape = softmax_shape,
                           .gradient = log_softmax_gradient,
                           .lower = lower,
                           .fits = fits_softmax,
                           .reference = log_softmax_reference,
                           .samples = softmax_samples,
                           .terms = softmax_length,
                           .magnitude = log_softmax_magnitude};

Tensor log_softmax(const Operand& x, int axis) { return along_axis(log_softmax_op, x, axis); }

}  // namespace lemnos
