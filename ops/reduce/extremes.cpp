// SPDX-License-Identifier: Apache-2.0
#include "ops/reduce/extremes.h"

#include <cmath>

#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace lemnos {

std::vector<Tensor> extreme_gradient(const Adjoint& a) {
  const auto [first, last] = a.attrs.as<ReduceAttrs>();
  std::array<int, Shape::max_rank> axes{};
  for (int i = first; i <= last; ++i) axes[static_cast<std::size_t>(i - first)] = i;
  const Axes reduced(std::span(axes.data(), static_cast<std::size_t>(last - first + 1)));
  const Tensor chosen = equal(a.in(0), a.result);
  return {chosen * (a.dresult / sum(chosen, reduced, {.keepdims = true}))};
}

void extreme_reference(const Problem& p, const Values& x, Values& out,
                       bool (*better)(double, double)) {
  out.clear();
  const Lines lines = reduced_lines(p);
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double best = x[first];
    for (std::size_t k = 1; k < lines.length; ++k) {
      const double value = x[first + k * step];
      if (better(value, best) || std::isnan(value)) best = value;
    }
    out.push_back(best);
  });
}

Tensor reduce_at_once(const OpDef& op, const Operand& x, const Axes& axes, ReduceOptions options) {
  const auto mask = axis_mask(op.name, x, axes);
  const Shape shape = x.shape();
  int runs = 0;
  bool in_run = false;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 1) continue;
    const bool reduced = mask[static_cast<std::size_t>(i)];
    runs += reduced && !in_run;
    in_run = reduced;
  }
  if (runs <= 1) return reduce(op, x, axes, options);

  std::vector<int> order, reduced;
  Shape kept;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool goes = mask[static_cast<std::size_t>(i)];
    if (!goes) order.push_back(i);
    kept = kept.inserted(i, goes ? 1 : shape[i]);
  }
  for (int i = 0; i < shape.rank(); ++i) {
    if (!mask[static_cast<std::size_t>(i)]) continue;
    reduced.push_back(static_cast<int>(order.size()));
    order.push_back(i);
  }
  const Tensor moved = transpose(x, std::span<const int>(order));
  const Tensor value = reduce(op, Operand(moved, x.at()), Axes(std::span<const int>(reduced)), {});
  return options.keepdims ? reshape(Operand(value, x.at()), kept) : value;
}

}  // namespace lemnos
