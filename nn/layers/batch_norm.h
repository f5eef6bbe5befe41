// SPDX-License-Identifier: Apache-2.0
// BatchNorm: normalises each channel (the last axis) of [N, ..., C]; batch_norm in ops/norm/norm.h.
// A function compiled for training takes the batch's statistics and keeps running ones, which any
// other takes.
#pragma once

#include "nn/module.h"

namespace lemnos::nn {

struct BatchNorm {
  struct Options {
    std::int64_t size = 0;  // C
    double epsilon = 1e-5;
    double momentum = 0.1;  // the share of a batch in the running statistics
  };

  explicit BatchNorm(Options options);
  Tensor operator()(const Operand& x) const;

  Options options;
  Tensor weight;           // [C], from ones
  Tensor bias;             // [C], from zeros
  Statistic running_mean;  // [C], from zeros
  // [C], from ones; of unbiased variances. A batch that is not finite changes neither.
  Statistic running_variance;
  LEMNOS_FIELDS(weight, bias, running_mean, running_variance)
};

}  // namespace lemnos::nn
