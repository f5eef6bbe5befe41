// SPDX-License-Identifier: Apache-2.0
// moments(x, axes): mean and biased variance. Gradient: dx = (dmean + 2 dvariance (x - mean)) / n.
#include <cmath>
#include <numeric>

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/axes.h"
#include "ops/shape/shape.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

std::vector<TensorType> parts(const Problem& p) {
  const TensorType part = reduced_shape(p);
  return {part, part};
}

std::vector<Tensor> gradient(const Adjoint& a) {
  const Tensor &x = a.in(0), &mean = a.parts[0], &dmean = a.dparts[0], &dvariance = a.dparts[1];
  const double share = static_cast<double>(mean.elements()) / static_cast<double>(x.elements());
  Tensor dx;
  if (dvariance) dx = (x - mean) * (dvariance * (2 * share));
  if (dmean) dx = dx ? dx + dmean * share : broadcast_to(dmean * share, x.shape());
  return {dx};
}

// Strips of every line first, where lines are few; then lines from their strips.
Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const Lines lines = reduced_lines(p);
  const auto types = parts(p);
  const std::uint64_t strips = strips_for(caps, lines);
  const auto part = [&](std::size_t i) {
    return result(0, static_cast<std::uint64_t>(pack_offset(types, i)) * 4,
                  static_cast<std::uint64_t>(types[i].shape.elements()) * 4);
  };
  const bool whole = strips == 1;
  Lowering lowering;
  append_lines(lowering, caps,
               {.kernel = LINE_KERNEL(moments),
                .lines = lines,
                .walks = 2,
                .strips = strips,
                .operands = {{.binding = input(0)},
                             {.binding = whole ? part(0) : scratch(0), .per_line = true},
                             {.binding = whole ? part(1) : scratch(1), .per_line = true}}});
  if (whole) return lowering;
  lowering.scratch_bytes.assign(2, lines.outer * strips * lines.inner * 4);
  append_lines(lowering, caps,
               {.kernel = LINE_KERNEL(merge_moments),
                .lines = {lines.outer, strips, lines.inner},
                .scale = static_cast<float>(strip_of(lines.length, strips)) /
                         static_cast<float>(lines.length),
                .walks = 2,
                .operands = {{.binding = scratch(0)},
                             {.binding = scratch(1)},
                             {.binding = part(0), .per_line = true},
                             {.binding = part(1), .per_line = true}}});
  return lowering;
}

const char* fits(const Problem& p, const gpu::Caps& caps) {
  const Lines lines = reduced_lines(p);
  const std::uint64_t strips = strips_for(caps, lines);
  if (const char* reason = fits_reduce(p, caps)) return reason;
  return strips == 1 ? nullptr : fits_lines(caps, {lines.outer, strips, lines.inner}, 2);
}

// The parts one after the other, each at its offset. With `sizes`: what errors are relative to. An
// error of the mean changes the variance by its square only, as the distances from it sum to 0.
void values(const Problem& p, const Values& x, Values& out, bool sizes) {
  const Lines lines = reduced_lines(p);
  const auto length = static_cast<double>(lines.length);
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  std::size_t at = 0;
  const auto variance = static_cast<std::size_t>(pack_offset(parts(p), 1));
  each_line(lines, [&](std::size_t first, std::size_t step) {
    double mean = 0, size = 0, squares = 0;
    for (std::size_t k = 0; k < lines.length; ++k) {
      mean += x[first + k * step] / length;
      size += std::abs(x[first + k * step]) / length;
    }
    for (std::size_t k = 0; k < lines.length; ++k)
      squares += (x[first + k * step] - mean) * (x[first + k * step] - mean) / length;
    out[at] = sizes ? size : mean;
    out[variance + at++] =
        sizes ? squares + 0x1p-24 * (8 + 2 * std::sqrt(length)) * size * size : squares;
  });
}

std::vector<Sample> samples() {
  std::vector<Sample> all = reduce_samples();
  all.push_back({.inputs = {{.shape = {3, 517}, .low = 99, .high = 101}},
                 .attrs = ReduceAttrs{1, 1},
                 .gradient = false});
  all.push_back({.inputs = {{.shape = {5000, 4}, .low = 99, .high = 101}},
                 .attrs = ReduceAttrs{0, 0},
                 .gradient = false});
  return all;
}

}  // namespace

extern const OpDef moments_op;
const OpDef moments_op{.name = "moments",
                       .shape = [](const Problem& p) { return flat_type(parts(p)); },
                       .parts = parts,
                       .gradient = gradient,
                       .lower = lower,
                       .fits = fits,
                       .reference = [](const Problem& p, std::span<const Values> in,
                                       Values& out) { values(p, in[0], out, false); },
                       .samples = samples,
                       .flops = reduced_elements,
                       .terms = reduced_length,
                       .magnitude = [](const Problem& p, std::span<const Values> in,
                                       Values& out) { values(p, in[0], out, true); },
                       .half = HalfOperands::reads};

// Each further run of axes has lines of equal lengths before it: their variances are averaged, and
// that of their means comes to it.
Moments moments(const Operand& x, const Axes& axes, ReduceOptions options) {
  const auto [runs, result] = runs_of(moments_op.name, x, axes, options);
  Moments made{x.tensor(), {}};
  for (const ReduceAttrs& run : runs) {
    const auto next = record_parts(moments_op, {Operand(made.mean, x.at())}, run);
    if (made.variance) {
      std::vector<int> along(static_cast<std::size_t>(run.last - run.first + 1));
      std::iota(along.begin(), along.end(), run.first);
      made.variance = next[1] + mean(made.variance, Axes(along), {.keepdims = true});
    } else {
      made.variance = next[1];
    }
    made.mean = next[0];
  }
  if (runs.empty()) made.variance = fill(x.shape(), 0);
  return {reshape(made.mean, result), reshape(made.variance, result)};
}

}  // namespace lemnos
