// SPDX-License-Identifier: Apache-2.0
// LayerNorm: normalises the last axis, of size n; layer_norm in ops/norm/norm.h.
#pragma once

#include "nn/module.h"

namespace lemnos::nn {

struct LayerNorm {
  struct Options {
    std::int64_t size = 0;  // n
    double epsilon = 1e-5;
    bool bias = true;
  };

  explicit LayerNorm(Options options);
  Tensor operator()(const Operand& x) const;

  double epsilon;
  Tensor weight;  // [n], from ones
  Tensor bias;    // [n], from zeros, or empty
  LEMNOS_FIELDS(weight, bias)
};

}  // namespace lemnos::nn
