// SPDX-License-Identifier: Apache-2.0
// MaxPool2d: the largest pixel of each window of images [N, H, W, C]; max_pool2d in
// ops/pool/pool.h.
#pragma once

#include "nn/module.h"
#include "ops/pool/pool.h"

namespace lemnos::nn {

struct MaxPool2d {
  PoolOptions options;  // {.kernel = 2}
  Tensor operator()(const Operand& x) const { return max_pool2d(x, options); }
  LEMNOS_FIELDS()
};

}  // namespace lemnos::nn
