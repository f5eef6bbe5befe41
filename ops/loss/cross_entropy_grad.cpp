// SPDX-License-Identifier: Apache-2.0
// cross_entropy_grad(logits, targets, dlosses): (softmax(logits) - t) * dlosses of every row, where
// t is onehot(targets), or (1 - s) * onehot(targets) + s / C with smoothing s. Gradient in plain
// ops: for logits softmax_grad(p, d * dlosses), p = softmax(logits); for dlosses sum(d * (p - t)).
#include <cmath>
#include <limits>

#include "ops/loss/cross_entropy.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/softmax.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos {

extern const OpDef cross_entropy_op;

namespace {

TensorType cross_entropy_grad_shape(const Problem& p) {
  check_classes(p);
  if (!(p.in(2) == p.in(1)) || p.inputs[2].dtype != DType::f32)
    p.fail("gradients {} of losses {}", p.in(2), p.in(1));
  return p.inputs[0];
}

std::vector<Tensor> cross_entropy_grad_gradient(const Adjoint& a) {
  const Tensor &logits = a.in(0), &targets = a.in(1), &dlosses = a.in(2), &d = a.dresult;
  const int axis = logits.rank() - 1;
  const Tensor weighted = d * reshape(dlosses, logits.shape().with(axis, 1));
  const Tensor offsets = cross_entropy_grad(logits, targets, fill(dlosses.shape(), 1),
                                            a.attrs.as<CrossEntropyAttrs>());
  return {softmax_grad(softmax(logits), weighted, axis), {}, sum(d * offsets, axis)};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  Lowering lowering;
  const double smoothing = p.attrs.as<CrossEntropyAttrs>().smoothing;
  append_lines(lowering, caps,
               {.kernel = LAST_AXIS_LINE_KERNEL(cross_entropy_grad),
                .lines = lines_along(p.in(0), p.in(0).rank() - 1),
                .mode = (p.companion ? 1u : 0u) | (smoothing > 0 ? 2u : 0u),  // see the kernel
                .scale = static_cast<float>(smoothing),
                .walks = 3,
                .operands = {{input(0)},
                             {.binding = input(1), .per_line = true},
                             {.binding = input(2), .per_line = true},
                             {.binding = result()},
                             {.binding = result(p.companion ? 1 : 0), .per_line = true}}});
  return lowering;
}

// element(share, error of the share, what is wanted of it) times dloss, of every element.
void each_element(const Problem& p, std::span<const Values> in, Values& out,
                  double (*element)(double, double, double)) {
  const double smoothing = p.attrs.as<CrossEntropyAttrs>().smoothing;
  const auto classes = static_cast<std::size_t>(p.in(0)[-1]);
  out.clear();
  for (std::size_t i = 0; i < in[1].size(); ++i) {
    const auto x = std::span(in[0]).subspan(i * classes, classes);
    const RowSoftmax row = row_softmax(x);
    const bool valid = in[1][i] >= 0 && in[1][i] < static_cast<double>(classes);
    for (std::size_t c = 0; c < classes; ++c) {
      const double own = static_cast<double>(c) == in[1][i] ? 1 - smoothing : 0;
      const double wanted = own + smoothing / static_cast<double>(classes);
      out.push_back(valid ? element(row.shares[c], row.largest - x[c], wanted) * in[2][i]
                          : std::numeric_limits<double>::quiet_NaN());
    }
  }
}

void cross_entropy_grad_reference(const Problem& p, std::span<const Values> in, Values& out) {
  each_element(p, in, out, [](double share, double, double wanted) { return share - wanted; });
}

void cross_entropy_grad_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  each_element(p, in, out, [](double share, double below, double wanted) {
    return share * (1 + below) + wanted;
  });
  for (double& value : out) value = std::abs(value);
}

bool gives_losses(const Problem& own, const Problem& other) {
  return other.op == &cross_entropy_op && other.attrs == own.attrs;
}

std::vector<Sample> samples() {
  std::vector<Sample> all = cross_entropy_samples();
  for (Sample& sample : all) sample.inputs.push_back({.shape = sample.inputs[1].shape});
  return all;
}

}  // namespace

extern const OpDef cross_entropy_grad_op;
const OpDef cross_entropy_grad_op{.name = "cross_entropy_grad",
                                  .shape = cross_entropy_grad_shape,
                                  .gradient = cross_entropy_grad_gradient,
                                  .lower = lower,
                                  .fits = fits_cross_entropy,
                                  .reference = cross_entropy_grad_reference,
                                  .samples = samples,
                                  .terms = class_count,
                                  .magnitude = cross_entropy_grad_magnitude,
                                  .gives = gives_losses};

Tensor cross_entropy_grad(const Operand& logits, const Operand& targets, const Operand& dlosses,
                          CrossEntropyAttrs attrs) {
  return record(cross_entropy_grad_op, {logits, targets, dlosses}, attrs);
}

}  // namespace lemnos
