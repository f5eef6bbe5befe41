// SPDX-License-Identifier: Apache-2.0
// GroupNorm: normalises groups of neighbouring channels (the last axis) of each item of
// [N, ..., C]; group_norm in ops/norm/norm.h. With as many groups as channels: instance_norm.
#pragma once

#include "nn/module.h"

namespace lemnos::nn {

struct GroupNorm {
  struct Options {
    std::int64_t size = 0;  // C
    std::int64_t groups = 1;
    double epsilon = 1e-5;
  };

  explicit GroupNorm(Options options);
  Tensor operator()(const Operand& x) const;

  Options options;
  Tensor weight;  // [C], from ones
  Tensor bias;    // [C], from zeros
  LEMNOS_FIELDS(weight, bias)
};

}  // namespace lemnos::nn
