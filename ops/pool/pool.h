// SPDX-License-Identifier: Apache-2.0
// Pooling of images [N, H, W, C], f32. Windows are kernel x kernel, one every `stride` pixels, so
// the result is [N, (H + 2 pad - kernel) / stride + 1, ..., C], rounded down.
#pragma once

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

}  // namespace lemnos
