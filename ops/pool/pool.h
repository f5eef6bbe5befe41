// SPDX-License-Identifier: Apache-2.0
// Pooling of images [N, H, W, C], f32. Windows are kernel x kernel, one every `stride` pixels, so
// the result is [N, (H + 2 pad - kernel) / stride + 1, ..., C], rounded down.
#pragma once

#include "ops/image/size.h"
#include "runtime/tensor/tensor.h"

namespace lemnos {

struct PoolOptions {
  std::int32_t kernel = 2;
  std::int32_t stride = 0;  // 0: as the kernel, windows side by side
  std::int32_t pad = 0;     // pixels on every side, at most half the kernel
};

struct AvgPoolOptions {
  std::int32_t kernel = 2;
  std::int32_t stride = 0;
  std::int32_t pad = 0;
  bool count_include_pad = true;  // divide by kernel^2 where a window reaches into the padding too
};

// Largest pixel of each window, NaN if there is one; the padding counts as -inf. Gradient: to the
// first largest pixel, in rows from the top left. No second derivative.
Tensor max_pool2d(const Operand& x, PoolOptions options = {});

// Mean of each window; the padding counts as zeros.
Tensor avg_pool2d(const Operand& x, AvgPoolOptions options = {});

// Pooling to [N, height, width, C], whatever H and W are: window i of n along an axis of size m has
// the pixels from floor(i m / n) to before ceil((i + 1) m / n), as in PyTorch. They overlap where n
// does not divide m. Fails unless sizes are at least 1 and n m is at most 2^29.
Tensor adaptive_max_pool2d(const Operand& x, ImageSize size);
Tensor adaptive_avg_pool2d(const Operand& x, ImageSize size);

}  // namespace lemnos
