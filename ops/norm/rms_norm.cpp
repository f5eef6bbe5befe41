// SPDX-License-Identifier: Apache-2.0
// rms_norm(x, weight): rows divided by the root of their mean square, times weight. Gradient:
// rms_norm_grad(x, dy, weight).
#include "ops/norm/rows.h"
#include "runtime/graph/trace.h"

namespace lemnos {

extern const OpDef rms_norm_op;
extern const OpDef rms_norm_grad_op;

namespace {

std::vector<Tensor> gradient(const Adjoint& a) {
  return record_parts(rms_norm_grad_op, {a.in(0), a.dresult, a.in(1)}, a.attrs);
}

}  // namespace

const OpDef rms_norm_op{.name = "rms_norm",
                        .shape = row_norm_shape,
                        .gradient = gradient,
                        .lower = lower_row_norm,
                        .fits = fits_row_norm,
                        .reference = row_norm_reference,
                        .samples = [] { return row_norm_samples(true); },
                        .terms = row_norm_terms,
                        .magnitude = row_norm_magnitude};

const OpDef rms_norm_grad_op{.name = "rms_norm_grad",
                             .shape = row_norm_grad_shape,
                             .parts = row_norm_grad_parts,
                             .gradient = row_norm_grad_gradient,
                             .lower = lower_row_norm_grad,
                             .fits = fits_row_norm_grad,
                             .reference = row_norm_grad_reference,
                             .samples = [] { return row_norm_grad_samples(true); },
                             .terms = row_norm_grad_terms,
                             .magnitude = row_norm_grad_magnitude};

Tensor rms_norm(const Operand& x, const Operand& weight, double epsilon) {
  return record(rms_norm_op, {x, weight}, RowNormAttrs{epsilon, true});
}

}  // namespace lemnos
