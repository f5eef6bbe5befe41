// SPDX-License-Identifier: Apache-2.0
// Push constants of the convolution kernels, always those of the forward convolution
//   y[n, p, q, k] = sum over r, s, c of
//                   x[n, p * stride - pad + r * dilation, .., c] * w[k, r, s, c]
// whatever the direction: x is [images, height, width, channels], y [images, out_height, out_width,
// out_channels], w [out_channels, kernel_height, kernel_width, channels / groups].
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(ConvParams) {
  uint images;
  uint height;
  uint width;
  uint channels;
  uint out_height;
  uint out_width;
  uint out_channels;
  uint kernel_height;
  uint kernel_width;
  uint stride_height;
  uint stride_width;
  uint pad_height;  // before the first row; what follows the last is implied by out_height
  uint pad_width;
  uint dilation_height;
  uint dilation_width;
  uint tap_step_height;  // stride / gcd(stride, dilation): the taps of a phase lie so far apart
  uint tap_step_width;
  uint groups;
  uint first_row;     // first pixel of this dispatch: more than one grid holds need several
  uint split_stride;  // backward weights: from one split's results to the next
  uint sums_offset;   // and to the sums of y behind them
  uint split_pixels;  // backward weights: pixels of y a split sums, a multiple of 4
}
PARAMS_END
