// SPDX-License-Identifier: Apache-2.0
// Linear: y = x W^T + b along the last axis; x is [..., in], y is [..., out].
#pragma once

#include "nn/module.h"

namespace lemnos::nn {

struct Linear {
  struct Options {
    std::int64_t in = 0, out = 0;
    bool bias = true;
  };

  explicit Linear(Options options);
  Tensor operator()(const Operand& x) const;

  Tensor weight;  // [out, in]
  Tensor bias;    // [out], or empty
  LEMNOS_FIELDS(weight, bias)
};

}  // namespace lemnos::nn
