// SPDX-License-Identifier: Apache-2.0
// softmax(x, axis): y = exp(x - max x) / sum exp(x - max x) along one axis. A line of -inf gives
// zeros. Gradient: dx = y * (dy - sum(y * dy)).
#include "ops/reduce/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lemnos {
namespace {

std::vector<Tensor> softmax_gradient(const Adjoint& a) {
  return {softmax_grad(a.result, a.dresult, a.attrs.as<SoftmaxAttrs>().axis)};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  return lower_softmax(p, caps, SoftmaxMode::softmax);
}

// y, times `error` of an element's distance from the line's largest.
void each_share(const Problem& p, const Values& x, Values& y, double (*error)(double)) {
  const Lines lines = softmax_lines(p);
  y.assign(x.size(), 0.0);
  each_line(lines, [&](std::size_t first, std::size_t step) {
    constexpr double lowest = -std::numeric_limits<double>::infinity();
    double largest = lowest, total = 0;
    bool empty = true;  // a NaN is something
    for (std::size_t k = 0; k < lines.length; ++k) {
      largest = std::max(largest, x[first + k * step]);
      empty = empty && x[first + k * step] == lowest;
    }
    if (empty) return;
    for (std::size_t k = 0; k < lines.length; ++k) total += std::exp(x[first + k * step] - largest);
    for (std::size_t k = 0; k < lines.length; ++k) {
      const double below = x[first + k * step] - largest;
      y[first + k * step] = std::exp(below) / total * error(-below);
    }
  });
}

void softmax_reference(const Problem& p, std::span<const Values> in, Values& out) {
  each_share(p, in[0], out, [](double) { return 1.0; });
}

// x - max x is rounded before exp makes its error a relative one.
void softmax_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  each_share(p, in[0], out, [](double below) { return 1 + below; });
}

}  // namespace

extern const OpDef softmax_op;
const OpDef softmax_op{.name = "softmax",
                       .shape = softmax_shape,
                       .gradient = softmax_gradient,
                       .lower = lower,
                       .fits = fits_softmax,
                       .reference = softmax_reference,
                       .samples = softmax_samples,
                       .terms = softmax_length,
                       .magnitude = softmax_magnitude};

Tensor softmax(const Operand& x, int axis) { return along_axis(softmax_op, x, axis); }

}  // namespace lemnos
