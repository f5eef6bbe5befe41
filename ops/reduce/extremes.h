// SPDX-License-Identifier: Apache-2.0
// What max and min share.
#pragma once

#include "ops/reduce/axes.h"

namespace lemnos {

// dy, shared evenly by the elements that equal the result.
std::vector<Tensor> extreme_gradient(const Adjoint& a);

// better(a, b): a replaces b.
void extreme_reference(const Problem& p, const Values& x, Values& out,
                       bool (*better)(double, double));

// As reduce(), but along all axes at once, by a transposed copy if they are no neighbours: ties
// would be shared otherwise between groups first.
Tensor reduce_at_once(const OpDef& op, const Operand& x, const Axes& axes, ReduceOptions options);

}  // namespace lemnos
