// SPDX-License-Identifier: Apache-2.0
// The gradients of the norms of rows: dx by a kernel that walks rows and leaves mean and factor of
// each; dweight and dbias by one that walks columns with those, in strips that are then summed.
#include <algorithm>
#include <cmath>

#include "ops/norm/rows.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/axes.h"
#include "runtime/autodiff/backward.h"
#include "runtime/graph/graph.h"

namespace lemnos {
namespace {

Lines columns_of(const Problem& p) {
  const Lines rows = rows_of(p);
  return {.outer = 1, .length = rows.outer, .inner = rows.length};
}

// A part of the flat result.
Binding part(const std::vector<TensorType>& types, std::size_t i) {
  return result(0, static_cast<std::uint64_t>(pack_offset(types, i)) * 4,
                static_cast<std::uint64_t>(types[i].shape.elements()) * 4);
}

}  // namespace

std::vector<TensorType> row_norm_grad_parts(const Problem& p) {
  check_rows(p);
  if (!(p.in(1) == p.in(0))) p.fail("x {} and dy {} differ", p.in(0), p.in(1));
  check_vector(p, 2, "weight");
  std::vector<TensorType> parts{p.inputs[0], p.inputs[2]};
  if (!p.attrs.as<RowNormAttrs>().rms) parts.push_back(p.inputs[2]);
  return parts;
}

TensorType row_norm_grad_shape(const Problem& p) { return flat_type(row_norm_grad_parts(p)); }

double row_norm_grad_terms(const Problem& p) {
  return static_cast<double>(std::max(rows_of(p).length, rows_of(p).outer));
}

// The gradient of the formulas in rows.h, in plain ops on copies: dy may depend on x, and that path
// is not this op's.
std::vector<Tensor> row_norm_grad_gradient(const Adjoint& a) {
  const auto [epsilon, rms] = a.attrs.as<RowNormAttrs>();
  const auto mean_of = [](const Tensor& t) { return mean(t, -1, {.keepdims = true}); };
  const std::array inputs{copy(a.in(0)), copy(a.in(1)), copy(a.in(2))};
  const auto& [x, dy, weight] = inputs;
  const Tensor centred = rms ? x : x - mean_of(x);
  const Tensor factor = rsqrt(mean_of(square(centred)) + epsilon);
  const Tensor normal = centred * factor, g = weight * dy;
  const Tensor towards = g - normal * mean_of(g * normal);
  std::vector<Tensor> parts{factor * (rms ? towards : towards - mean_of(g)),
                            sum_to(dy * normal, weight.shape())};
  if (!rms) parts.push_back(sum_to(dy, weight.shape()));
  Tensor total;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!a.dparts[i]) continue;
    const Tensor term = sum(parts[i] * a.dparts[i]);
    total = total ? total + term : term;
  }
  return grad(total, inputs);
}

Lowering lower_row_norm_grad(const Problem& p, const gpu::Caps& caps) {
  const auto parts = row_norm_grad_parts(p);
  const Lines columns = columns_of(p);
  const std::uint64_t strips = strips_for(caps, columns);
  Lowering lowering{.dispatches = {}, .scratch_bytes = {columns.length * 4, columns.length * 4}};
  LineCall call = row_norm_call(p, LAST_AXIS_LINE_KERNEL(norm_grad), 4);
  call.operands = {{.binding = input(0)},
                   {.binding = input(1)},
                   {.binding = input(2), .along = true},
                   {.binding = part(parts, 0)},
                   {.binding = scratch(0), .per_line = true},
                   {.binding = scratch(1), .per_line = true}};
  append_lines(lowering, caps, call);

  // Of dweight and dbias: the results, or scratch memory for one value of every strip.
  std::vector<Binding> sums;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    sums.push_back(strips == 1
                       ? part(parts, i)
                       : scratch(static_cast<std::uint32_t>(lowering.scratch_bytes.size())));
    if (strips > 1) lowering.scratch_bytes.push_back(strips * columns.inner * 4);
  }
  append_lines(lowering, caps,
               {.kernel = LINE_KERNEL(norm_columns),
                .lines = columns,
                .mode = row_norm_mode(p),
                .strips = strips,
                .operands = {{.binding = input(0)},
                             {.binding = input(1)},
                             {.binding = scratch(0), .along = true},
                             {.binding = scratch(1), .along = true},
                             {.binding = sums.front(), .per_line = true},
                             {.binding = sums.back(), .per_line = true}}});
  for (std::size_t i = 0; strips > 1 && i < sums.size(); ++i)
    append_reduce(lowering, caps, {.outer = 1, .length = strips, .inner = columns.inner},
                  ReduceMode::sum, 1, sums[i], part(parts, i + 1));
  return lowering;
}

const char* fits_row_norm_grad(const Problem& p, const gpu::Caps& caps) {
  const std::uint64_t limit = caps.max_storage_buffer_range / 4;
  const Lines columns = columns_of(p);
  if (columns.length * columns.inner > limit && columns.inner * 64 > limit)
    return "64 rows are larger than one binding of this device";
  return fits_lines(caps, rows_of(p), 4);
}

namespace {

// The parts one after the other, each at its offset. With `sizes`: what errors are relative to.
void grad_values(const Problem& p, std::span<const Values> in, Values& out, bool sizes) {
  const Lines rows = rows_of(p);
  const auto types = row_norm_grad_parts(p);
  const auto of = [sizes](double x) { return sizes ? std::abs(x) : x; };
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  const auto dweight = static_cast<std::size_t>(pack_offset(types, 1));
  const auto dbias = static_cast<std::size_t>(pack_offset(types, types.size() - 1));
  const bool rms = p.attrs.as<RowNormAttrs>().rms;
  for (std::size_t r = 0; r < rows.outer; ++r) {
    const Row row = row_of(p, in[0], r);
    const auto normal = [&](std::size_t i) { return sizes ? row.size(i) : row.normal(i); };
    const auto dy = [&](std::size_t i) { return of(in[1][r * rows.length + i]); };
    double mean_g = 0, mean_gn = 0;
    for (std::size_t i = 0; i < rows.length; ++i) {
      const double g = of(in[2][i]) * dy(i) / static_cast<double>(rows.length);
      mean_g += rms ? 0 : g;
      mean_gn += g * normal(i);
    }
    const double sign = sizes ? 1 : -1;
    for (std::size_t i = 0; i < rows.length; ++i) {
      out[r * rows.length + i] =
          row.factor * (of(in[2][i]) * dy(i) + sign * (mean_g + normal(i) * mean_gn));
      out[dweight + i] += dy(i) * normal(i);
      if (!rms) out[dbias + i] += dy(i);
    }
  }
}

}  // namespace

void row_norm_grad_reference(const Problem& p, std::span<const Values> in, Values& out) {
  grad_values(p, in, out, false);
}

void row_norm_grad_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  grad_values(p, in, out, true);
}

std::vector<Sample> row_norm_grad_samples(bool rms) {
  std::vector<Sample> samples = row_norm_samples(true);
  for (Sample& sample : samples) {
    sample.attrs = RowNormAttrs{sample.attrs.as<RowNormAttrs>().epsilon, rms};
    sample.inputs.insert(sample.inputs.begin() + 1, {.shape = sample.inputs[0].shape});
  }
  return samples;
}

}  // namespace lemnos
