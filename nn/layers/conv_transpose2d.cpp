// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/conv_transpose2d.h"

#include "nn/init.h"
#include "nn/tap.h"
#include "ops/conv/conv.h"
#include "ops/pointwise/pointwise.h"
#include "runtime/base/error.h"

namespace lemnos::nn {

ConvTranspose2d::ConvTranspose2d(Options o) : options(o) {
  if (o.in < 1 || o.out < 1 || o.kernel < 1 || o.groups < 1 || o.in % o.groups != 0 ||
      o.out % o.groups != 0)
    fail_usage(
        "conv_transpose2d: {} to {} channels in {} groups with a kernel of {} is not possible",
        o.in, o.out, o.groups, o.kernel);
  const std::int64_t group_out = o.out / o.groups;
  const std::int64_t fan_in = group_out * o.kernel * o.kernel;  // PyTorch's, of the weight's layout
  weight = init::layer_default({o.in, o.kernel, o.kernel, group_out}, fan_in);
  if (o.bias) bias = init::layer_default({o.out}, fan_in);
}

Tensor ConvTranspose2d::operator()(const Operand& x) const {
  if (x.shape().rank() != 4 || x.shape()[-1] != options.in)
    fail_at(x.at(), "conv_transpose2d: takes images [N, H, W, {}], x is {}", options.in, x.shape());
  const Tensor y = conv_transpose2d(x, weight,
                                    {.stride = options.stride,
                                     .pad = options.pad,
                                     .output_pad = options.output_pad,
                                     .dilation = options.dilation,
                                     .groups = options.groups});
  return offered("conv_transpose2d", weight, bias ? y + bias : y);
}

}  // namespace lemnos::nn
