// SPDX-License-Identifier: Apache-2.0
// layer_norm(x, weight, bias): rows less their mean, divided by their deviation, times weight plus
// bias. Gradient: layer_norm_grad(x, dy, weight).
#include "ops/norm/rows.h"
#include "runtime/graph/trace.h"

namespace lemnos {

extern const OpDef layer_norm_op;
extern const OpDef layer_norm_grad_op;

namespace {

std::vector<Tensor> gradient(const Adjoint& a) {
  return record_parts(layer_norm_grad_op, {a.in(0), a.dresult, a.in(1)}, a.attrs);
}

}  // namespace

const OpDef layer_norm_op{.name = "layer_norm",
                          .shape = row_norm_shape,
                          .gradient = gradient,
                          .lower = lower_row_norm,
                          .fits = fits_row_norm,
                          .reference = row_norm_reference,
                          .samples = [] { return row_norm_samples(false); },
                          .terms = row_norm_terms,
                          .magnitude = row_norm_magnitude};

const OpDef layer_norm_grad_op{.name = "layer_norm_grad",
                               .shape = row_norm_grad_shape,
                               .parts = row_norm_grad_parts,
                               .gradient = row_norm_grad_gradient,
                               .lower = lower_row_norm_grad,
                               .fits = fits_row_norm_grad,
                               .reference = row_norm_grad_reference,
                               .samples = [] { return row_norm_grad_samples(false); },
                               .terms = row_norm_grad_terms,
                               .magnitude = row_norm_grad_magnitude};

Tensor layer_norm(const Operand& x, const Operand& weight, const Operand& bias, double epsilon) {
  return record(layer_norm_op, {x, weight, bias}, RowNormAttrs{epsilon, false});
}

}  // namespace lemnos
