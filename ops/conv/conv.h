// SPDX-License-Identifier: Apache-2.0
// Convolutions over images [N, H, W, C].
#pragma once

#include <cstdint>

#include "runtime/tensor/tensor.h"

namespace lemnos {

struct Conv2dOptions {
  std::int32_t stride = 1;
  std::int32_t pad = 0;       // zeros on every side
  std::int32_t dilation = 1;  // distance between the taps of the kernel
  std::int32_t groups = 1;    // channels are cut into groups that do not see one another
};

// y[n, p, q, k] = sum over r, s, c of x[n, p * stride - pad + r * dilation, q * ..., c] * w[k, r,
// s, c].
//
// x: [N, H, W, C]; weight: [K, R, S, C / groups]; y: [N, P, Q, K] with
// P = (H + 2 pad - dilation (R - 1) - 1) / stride + 1, rounded down. Errors: channels that do not
// match the weight or the groups, a kernel larger than the padded image.
Tensor conv2d(const Operand& x, const Operand& weight, Conv2dOptions options = {});

struct ConvTranspose2dOptions {
  std::int32_t stride = 1;
  std::int32_t pad = 0;
  std::int32_t output_pad = 0;  // rows and columns added at the end; below stride or dilation
  std::int32_t dilation = 1;
  std::int32_t groups = 1;
};

// The transpose of conv2d as a linear map ("deconvolution"): each input pixel spreads the kernel
// over the output, `stride` apart.
//
// x: [N, H, W, C]; weight: [C, R, S, K / groups]; y: [N, P, Q, K] with
// P = (H - 1) stride - 2 pad + dilation (R - 1) + output_pad + 1.
Tensor conv_transpose2d(const Operand& x, const Operand& weight,
                        ConvTranspose2dOptions options = {});

}  // namespace lemnos
