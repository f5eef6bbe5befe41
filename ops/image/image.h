// SPDX-License-Identifier: Apache-2.0
// Images [N, H, W, C], f32, made larger, smaller, or seen otherwise.
#pragma once

#include "ops/image/size.h"
#include "runtime/tensor/tensor.h"

namespace lemnos {

// Images [N, height, width, C]. Pixel i of n' along an axis, made of n, is pixel floor(i n / n'):
// PyTorch's interpolate(mode = "nearest"). Fails unless sizes are at least 1, n n' at most 2^29.
Tensor resize_nearest(const Operand& x, ImageSize size);

// The same with linear interpolation along both axes, at (i + 1/2) n / n' - 1/2, held within the
// image: PyTorch's interpolate(mode = "bilinear", align_corners = False). Two neighbours along an
// axis count however much smaller the result is (no antialiasing).
Tensor resize_bilinear(const Operand& x, ImageSize size);

// Images under maps f32 [N, 2, 3], one each: the pixel at column u and row v of a result, counted
// from its centre, is what lies at (m00 u + m01 v + m02, m10 u + m11 v + m12) in the image, counted
// likewise. Between pixels it is their bilinear mix, beyond the image 0: PyTorch's grid_sample
// (bilinear, zeros). Not differentiable.
Tensor affine(const Operand& x, const Operand& maps);

}  // namespace lemnos
