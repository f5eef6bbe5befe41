// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/layers/batch_norm.h"
#include "nn/layers/conv2d.h"

namespace lemnos::nn {

// A convolution without bias, normalised.
struct NormedConv2d {
  explicit NormedConv2d(Conv2d::Options o)
      : conv((o.bias = false, o)), norm({.size = conv.options.out}) {}
  Tensor operator()(const Operand& x) const { return norm(conv(x)); }

  Conv2d conv;
  BatchNorm norm;
  LEMNOS_FIELDS(conv, norm)
};

}  // namespace lemnos::nn
