// SPDX-License-Identifier: Apache-2.0
// What the norms of rows and their gradients share. `rms` leaves out the mean and the bias.
//
//   m = mean(x), f = 1 / sqrt(mean((x - m)^2) + epsilon), n = (x - m) f, y = n weight + bias
//   g = weight dy, dx = f (g - mean(g) - n mean(g n)), dweight = sum(dy n), dbias = sum(dy)
//
// An op's operands are (x, weight[, bias]), its gradient's (x, dy, weight), whose parts are (dx,
// dweight[, dbias]). The gradient works statistics out again from x, which it has to read anyway.
#pragma once

#include "ops/norm/norm.h"
#include "ops/reduce/lines.h"

namespace lemnos {

struct RowNormAttrs {
  double epsilon = 1e-5;
  bool rms = false;
};

inline Lines rows_of(const Problem& p) { return lines_along(p.in(0), p.in(0).rank() - 1); }
inline std::uint32_t row_norm_mode(const Problem& p) {  // MODE of the kernels
  return p.attrs.as<RowNormAttrs>().rms ? 1 : 0;
}
// The call of a kernel that walks rows; its operands are still to come.
LineCall row_norm_call(const Problem& p, LineKernel kernel, std::uint32_t walks);

void check_rows(const Problem& p);                                  // x, and all types
void check_vector(const Problem& p, int i, std::string_view name);  // operand i is [n]

// What a row's results are made of; `size` stands for |n| with nothing cancelled.
struct Row {
  std::span<const double> x;
  double mean = 0, factor = 0, mean_size = 0;
  double normal(std::size_t i) const { return (x[i] - mean) * factor; }
  double size(std::size_t i) const { return (std::abs(x[i]) + mean_size) * factor; }
};

Row row_of(const Problem& p, const Values& x, std::size_t r);

TensorType row_norm_shape(const Problem& p);
double row_norm_terms(const Problem& p);
Lowering lower_row_norm(const Problem& p, const gpu::Caps& caps);
const char* fits_row_norm(const Problem& p, const gpu::Caps& caps);
void row_norm_reference(const Problem& p, std::span<const Values> in, Values& out);
void row_norm_magnitude(const Problem& p, std::span<const Values> in, Values& out);
std::vector<Sample> row_norm_samples(bool rms);

TensorType row_norm_grad_shape(const Problem& p);
std::vector<TensorType> row_norm_grad_parts(const Problem& p);
double row_norm_grad_terms(const Problem& p);
std::vector<Tensor> row_norm_grad_gradient(const Adjoint& a);
Lowering lower_row_norm_grad(const Problem& p, const gpu::Caps& caps);
const char* fits_row_norm_grad(const Problem& p, const gpu::Caps& caps);
void row_norm_grad_reference(const Problem& p, std::span<const Values> in, Values& out);
void row_norm_grad_magnitude(const Problem& p, std::span<const Values> in, Values& out);
std::vector<Sample> row_norm_grad_samples(bool rms);

}  // namespace lemnos
