// SPDX-License-Identifier: Apache-2.0
// Conv2d: cross-correlation of images [N, H, W, in] with square kernels, as conv2d in
// ops/conv/conv.h.
#pragma once

#include "nn/module.h"

namespace lemnos::nn {

struct Conv2d {
  struct Options {
    std::int64_t in = 0, out = 0;  // channels
    std::int32_t kernel = 3, stride = 1, pad = 0, dilation = 1, groups = 1;
    bool bias = true;
  };

  explicit Conv2d(Options options);
  Tensor operator()(const Operand& x) const;

  Options options;
  Tensor weight;  // [out, kernel, kernel, in / groups]
  Tensor bias;    // [out], or empty
  LEMNOS_FIELDS(weight, bias)
};

}  // namespace lemnos::nn
