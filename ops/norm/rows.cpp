// SPDX-License-Identifier: Apache-2.0
#include "ops/norm/rows.h"

#include <algorithm>
#include <cmath>

namespace lemnos {
namespace {

RowNormAttrs attrs_of(const Problem& p) { return p.attrs.as<RowNormAttrs>(); }

struct RowShape {
  Shape x;
  double epsilon = 1e-5;
  bool gradient = true;
};
const RowShape row_shapes[] = {
    {{1}},
    {{3, 5}, 0.25},
    {{2, 3, 8}, 1e-3},
    {{2, 97}},   // kept in registers, one by one
    {{3, 132}},  // by vec4, the last not everywhere
    {{5, 1100}, 0, false},
    {{70001, 3}, 1e-5, false},
    {{65600, 4}, 1e-5, false},
    {{2, 70000}, 1e-5, false},
    {{3, 65701}, 1e-5, false},
};

}  // namespace

LineCall row_norm_call(const Problem& p, LineKernel kernel, std::uint32_t walks) {
  return {.kernel = kernel,
          .lines = rows_of(p),
          .mode = row_norm_mode(p),
          .scale = 1 / static_cast<float>(rows_of(p).length),
          .epsilon = static_cast<float>(attrs_of(p).epsilon),
          .walks = walks,
          .keeps = true,
          .operands = {}};
}

void check_rows(const Problem& p) {
  for (const TensorType& type : p.inputs)
    if (type.dtype != DType::f32) p.fail("works on f32, not {}; cast first", name_of(type.dtype));
  if (p.in(0).rank() < 1) p.fail("normalises the last axis; x is a scalar");
  if (!(attrs_of(p).epsilon >= 0))
    p.fail("epsilon is {}; it must not be negative", attrs_of(p).epsilon);
}

void check_vector(const Problem& p, int i, std::string_view name) {
  if (!(p.in(i) == Shape{p.in(0)[-1]}))
    p.fail("rows of x {} want a {} of shape [{}], not {}", p.in(0), name, p.in(0)[-1], p.in(i));
}

Row row_of(const Problem& p, const Values& x, std::size_t r) {
  const std::size_t n = rows_of(p).length;
  const auto length = static_cast<double>(n);
  Row row{.x = std::span(x).subspan(r * n, n)};
  double squares = 0;
  if (!attrs_of(p).rms) {
    for (const double value : row.x) row.mean += value / length;
    for (const double value : row.x) row.mean_size += std::abs(value) / length;
  }
  for (const double value : row.x) squares += (value - row.mean) * (value - row.mean);
  row.factor = 1 / std::sqrt(squares / length + attrs_of(p).epsilon);
  return row;
}

TensorType row_norm_shape(const Problem& p) {
  check_rows(p);
  check_vector(p, 1, "weight");
  if (!attrs_of(p).rms) check_vector(p, 2, "bias");
  return p.inputs[0];
}

double row_norm_terms(const Problem& p) { return static_cast<double>(rows_of(p).length); }

Lowering lower_row_norm(const Problem& p, const gpu::Caps& caps) {
  LineCall call = row_norm_call(p, LAST_AXIS_LINE_KERNEL(norm), 3);
  call.operands = {{.binding = input(0)},
                   {.binding = input(1), .along = true},
                   {.binding = input(attrs_of(p).rms ? 1 : 2), .along = true},
                   {.binding = result()}};
  Lowering lowering;
  append_lines(lowering, caps, call);
  return lowering;
}

const char* fits_row_norm(const Problem& p, const gpu::Caps& caps) {
  return fits_lines(caps, rows_of(p), 3);
}

void row_norm_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const Lines rows = rows_of(p);
  out.clear();
  for (std::size_t r = 0; r < rows.outer; ++r) {
    const Row row = row_of(p, in[0], r);
    for (std::size_t i = 0; i < rows.length; ++i)
      out.push_back(row.normal(i) * in[1][i] + (attrs_of(p).rms ? 0 : in[2][i]));
  }
}

void row_norm_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  const Lines rows = rows_of(p);
  out.clear();
  for (std::size_t r = 0; r < rows.outer; ++r) {
    const Row row = row_of(p, in[0], r);
    for (std::size_t i = 0; i < rows.length; ++i)
      out.push_back(row.size(i) * std::abs(in[1][i]) + (attrs_of(p).rms ? 0 : std::abs(in[2][i])));
  }
}

std::vector<Sample> row_norm_samples(bool rms) {
  std::vector<Sample> samples;
  for (const auto& [shape, epsilon, gradient] : row_shapes) {
    const Shape vector{shape[-1]};
    samples.push_back({.inputs = {{.shape = shape, .low = -1, .high = 3}, {.shape = vector}},
                       .attrs = RowNormAttrs{epsilon, rms},
                       .gradient = gradient});
    if (!rms) samples.back().inputs.push_back({.shape = vector});
  }
  return samples;
}

}  // namespace lemnos
