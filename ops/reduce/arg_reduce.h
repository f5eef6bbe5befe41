// SPDX-License-Identifier: Apache-2.0
// What argmax and argmin share.
#pragma once

#include "ops/reduce/axes.h"

namespace lemnos {

struct ArgAttrs {
  std::int32_t axis = 0;
};

TensorType arg_shape(const Problem& p);
Lowering lower_arg(const Problem& p, const gpu::Caps& caps, bool smallest);
const char* fits_arg(const Problem& p, const gpu::Caps& caps);
void arg_reference(const Problem& p, const Values& x, Values& out, bool smallest);
std::vector<Sample> arg_samples();
Tensor arg_reduce(const OpDef& op, const Operand& x, int axis, ReduceOptions options);

}  // namespace lemnos
