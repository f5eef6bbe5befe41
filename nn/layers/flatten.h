// SPDX-License-Identifier: Apache-2.0
// Flatten: [N, ...] to [N, the product of the rest]. Images flatten in the order H, W, C.
#pragma once

#include "nn/module.h"
#include "ops/shape/shape.h"

namespace lemnos::nn {

struct Flatten {
  int start = 1;  // axes before this one stay
  Tensor operator()(const Operand& x) const { return flatten(x, start); }
  LEMNOS_FIELDS()
};

}  // namespace lemnos::nn
