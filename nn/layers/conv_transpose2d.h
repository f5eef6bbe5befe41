// SPDX-License-Identifier: Apache-2.0
// ConvTranspose2d: the gradient of a convolution with respect to its input, used forwards to
// enlarge images [N, H, W, in]; as conv_transpose2d in ops/conv/conv.h.
#pragma once

#include "nn/module.h"

namespace lemnos::nn {

struct ConvTranspose2d {
  struct Options {
    std::int64_t in = 0, out = 0;  // channels
    std::int32_t kernel = 3, stride = 1, pad = 0;
    std::int32_t output_pad = 0;  // rows and columns added at the far sides of the result
    std::int32_t dilation = 1, groups = 1;
    bool bias = true;
  };

  explicit ConvTranspose2d(Options options);
  Tensor operator()(const Operand& x) const;

  Options options;
  Tensor weight;  // [in, kernel, kernel, out / groups]
  Tensor bias;    // [out], or empty
  LEMNOS_FIELDS(weight, bias)
};

}  // namespace lemnos::nn
