// SPDX-License-Identifier: Apache-2.0
// RmsNorm: divides the last axis, of size n, by the root of its mean square; rms_norm in
// ops/norm/norm.h.
#pragma once

#include "nn/module.h"

namespace lemnos::nn {

struct RmsNorm {
  struct Options {
    std::int64_t size = 0;  // n
    double epsilon = 1e-6;
  };

  explicit RmsNorm(Options options);
  Tensor operator()(const Operand& x) const;

  double epsilon;
  Tensor weight;  // [n], from ones
  LEMNOS_FIELDS(weight)
};

}  // namespace lemnos::nn
