// SPDX-License-Identifier: Apache-2.0
// cross_entropy(logits, targets): log sum exp(x) - x[target] of every row, in one walk of a kernel;
// with label smoothing s, log sum exp(x) - (1 - s) x[target] - s mean(x). Targets that are
// probabilities are plain ops instead: -sum(target * log_softmax(logits)).
#include "ops/loss/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/loss/reduction.h"
#include "ops/pointwise/pointwise.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

TensorType cross_entropy_shape(const Problem& p) {
  check_classes(p);
  return {p.in(1), DType::f32};
}

std::vector<Tensor> cross_entropy_gradient(const Adjoint& a) {
  return {cross_entropy_grad(a.in(0), a.in(1), a.dresult, a.attrs.as<CrossEntropyAttrs>()), {}};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  Lowering lowering;
  const double smoothing = p.attrs.as<CrossEntropyAttrs>().smoothing;
  append_lines(lowering, caps,
               {.kernel = LAST_AXIS_LINE_KERNEL(cross_entropy),
                .lines = lines_along(p.in(0), p.in(0).rank() - 1),
                .mode = smoothing > 0,  // SMOOTHED
                .scale = static_cast<float>(smoothing),
                .walks = 2,
                .operands = {{.binding = input(0)},
                             {.binding = input(1), .per_line = true},
                             {.binding = result(), .per_line = true}}});
  return lowering;
}

// How far the target is below the largest element, or with smoothing all classes by their parts.
double gap_of(double x, const RowSoftmax& row, double smoothing) {
  const double own = row.largest - x;
  return smoothing > 0 ? (1 - smoothing) * own + smoothing * row.mean_below : own;
}

// value(gap, softmax of the row) of every row; NaN where the target is no class.
void each_row(const Problem& p, std::span<const Values> in, Values& out,
              double (*value)(double, const RowSoftmax&)) {
  const double smoothing = p.attrs.as<CrossEntropyAttrs>().smoothing;
  const auto classes = static_cast<std::size_t>(p.in(0)[-1]);
  out.clear();
  for (std::size_t i = 0; i < in[1].size(); ++i) {
    const auto row = std::span(in[0]).subspan(i * classes, classes);
    const double target = in[1][i];
    const bool valid = target >= 0 && target < static_cast<double>(classes);
    if (!valid) {
      out.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const RowSoftmax softmax = row_softmax(row);
    out.push_back(
        value(gap_of(row[static_cast<std::size_t>(target)], softmax, smoothing), softmax));
  }
}

void cross_entropy_reference(const Problem& p, std::span<const Values> in, Values& out) {
  each_row(p, in, out, [](double gap, const RowSoftmax& row) { return row.log_sum + gap; });
}

// The terms of the sum; 1 for the relative error of the sum whose logarithm is taken.
void cross_entropy_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  each_row(p, in, out,
           [](double gap, const RowSoftmax& row) { return std::abs(row.log_sum) + gap + 1; });
}

}  // namespace

void check_classes(const Problem& p) {
  const DType target = p.inputs[1].dtype;
  if (p.inputs[0].dtype != DType::f32) p.fail("logits are f32, not {}", name_of(p.inputs[0].dtype));
  if (target != DType::u32 && target != DType::i32)
    p.fail("class indices are u32 or i32, not {}", name_of(target));
  if (p.in(0).rank() < 1) p.fail("logits need a last axis, the classes; they are a scalar");
  if (!(p.in(0).without(-1) == p.in(1)))
    p.fail("logits {} want class indices {}, but the targets are {}", p.in(0), p.in(0).without(-1),
           p.in(1));
}

double class_count(const Problem& p) { return static_cast<double>(p.in(0)[-1]); }

const char* fits_cross_entropy(const Problem& p, const gpu::Caps& caps) {
  return fits_lines(caps, lines_along(p.in(0), p.in(0).rank() - 1), 3);
}

std::vector<Sample> cross_entropy_samples() {
  const auto sample = [](Shape logits, double classes, bool gradient, double smoothing = 0) {
    return Sample{.inputs = {{.shape = logits, .low = -6, .high = 6},
                             {.shape = logits.without(-1),
                              .dtype = DType::u32,
                              .low = 0,
                              .high = classes - 1}},
                  .attrs = CrossEntropyAttrs{smoothing},
                  .gradient = gradient};
  };
  Sample signed_target = sample({13, 7}, 7, true);
  signed_target.inputs[1].dtype = DType::i32;
  return {sample({1}, 1, true),
          sample({4, 5}, 5, true),
          signed_target,
          sample({2, 3, 11}, 11, true),
          sample({2, 97}, 97, true),
          sample({3, 128}, 128, true),
          sample({300, 68}, 68, false),
          sample({2, 70000}, 70000, false),
          sample({3, 7}, 7, true, 0.1),
          sample({5, 128}, 128, true, 0.25),
          sample({2, 70000}, 70000, false, 0.1)};
}

RowSoftmax row_softmax(std::span<const double> row) {
  RowSoftmax result{.shares = Values(row.size()),
                    .largest = *std::max_element(row.begin(), row.end())};
  double total = 0;
  for (const double x : row) {
    total += std::exp(x - result.largest);
    result.mean_below += (result.largest - x) / static_cast<double>(row.size());
  }
  for (std::size_t i = 0; i < row.size(); ++i)
    result.shares[i] = std::exp(row[i] - result.largest) / total;
  result.log_sum = std::log(total);
  return result;
}

extern const OpDef cross_entropy_op;
const OpDef cross_entropy_op{.name = "cross_entropy",
                             .shape = cross_entropy_shape,
                             .gradient = cross_entropy_gradient,
                             .lower = lower,
                             .fits = fits_cross_entropy,
                             .reference = cross_entropy_reference,
                             .samples = cross_entropy_samples,
                             .terms = class_count,
                             .magnitude = cross_entropy_magnitude};

Tensor cross_entropy(const Operand& logits, const Operand& target, CrossEntropyOptions options) {
  const LossOptions reduce{options.reduce};
  const double smoothing = options.smoothing;
  if (!(smoothing >= 0 && smoothing < 1))
    fail_at(logits.at(), "cross_entropy: smoothing is at least 0 and below 1, not {}", smoothing);
  if (target.tensor().dtype() != DType::f32)
    return reduced_loss(record(cross_entropy_op, {logits, target}, CrossEntropyAttrs{smoothing}),
                        reduce);
  if (logits.shape().rank() > 0 && target.shape() == logits.shape().without(-1))
    fail_at(logits.at(),
            "cross_entropy: targets {} of f32 against logits {}   help: class indices are u32 or "
            "i32: cast(target, DType::u32); probabilities have the logits' shape",
            target.shape(), logits.shape());
  check_same_shape("cross_entropy", logits, target);
  const auto classes = static_cast<double>(logits.shape()[-1]);
  const Tensor wanted =
      smoothing > 0 ? target * (1 - smoothing) + smoothing / classes : target.tensor();
  return reduced_loss(-sum(wanted * log_softmax(logits), -1), reduce);
}

}  // namespace lemnos
