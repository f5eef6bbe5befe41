// SPDX-License-Identifier: Apache-2.0
// Dropout: while training, zeros with probability p, the rest divided by 1 - p;
// ops/random/random.h.
#pragma once

#include "nn/module.h"
#include "ops/random/random.h"

namespace lemnos::nn {

struct Dropout {
  double p = 0.5;
  Tensor operator()(const Operand& x) const { return dropout(x, p); }
  LEMNOS_FIELDS()
};

}  // namespace lemnos::nn
