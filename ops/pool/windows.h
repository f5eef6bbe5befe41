// SPDX-License-Identifier: Apache-2.0
// What the pooling ops and their gradients share.
#pragma once

#include <functional>

#include "ops/image/walk.h"
#include "ops/pool/pool.h"

namespace lemnos {

struct PoolAttrs {
  std::int32_t kernel = 2, stride = 2, pad = 0;  // kernel 0: windows adapt
  std::int32_t counts_pad = 1;                   // average pooling
  std::int64_t height = 0, width = 0;  // of the input: the gradients know it only from here
  std::int64_t pooled_height = 0, pooled_width = 0;  // of adapting windows
  bool adapts() const { return kernel == 0; }
};

// Checks the image and the options, as the op's error names them, and fills the defaults.
PoolAttrs pool_attrs(std::string_view op, const Operand& x, AvgPoolOptions options);
PoolAttrs adaptive_attrs(std::string_view op, const Operand& x, ImageSize pooled);

Shape pooled_shape(const Shape& image, const PoolAttrs& attrs);
TensorType pool_shape(const Problem& p);     // of an op whose input 0 is the image
void check_pooled(const Problem& p, int i);  // input i has the pooled shape of the result

// One dispatch over a grid [batch, rows, columns, channels]; operands in binding order, all of them
// images (with `masks` a mask, or a stand-in, is the last).
struct PoolCall {
  ImageKernel kernel;
  Shape image;
  std::int64_t rows, columns;
  std::uint64_t turns_per_element;  // of loops
  bool max = true;                  // the largest element, not the mean
  bool masks = false;               // the kernel knows Activation::mask
  bool whole = false;               // of max_pool_grad_apart: see there
};
Lowering lower_pool(const Problem& p, const gpu::Caps& caps, const PoolCall& call);

// The most pixels of a window, or windows over a pixel, along an axis; and the turns of two nested
// loops over them.
struct PoolReach {
  std::uint64_t rows, columns;
  std::uint64_t turns() const { return rows * (columns + 1); }
};
PoolReach window_reach(const PoolAttrs& attrs);
PoolReach reach_of_windows(const PoolAttrs& attrs);

// Calls window(pooled index, indices of the pixels it covers) for every window and channel.
void each_window(const Shape& image, const PoolAttrs& attrs,
                 const std::function<void(std::size_t, std::span<const std::size_t>)>& window);
double window_divisor(const PoolAttrs& attrs, std::size_t covered);
constexpr double pool_ulp = 24;  // windows of up to 7 x 7, added one by one

std::vector<Sample> pool_samples();

// dx of max_pool2d from its input, its result and dy; dx of avg_pool2d from dy.
Tensor max_pool2d_grad(const Operand& x, const Operand& y, const Operand& dy, PoolAttrs attrs);
Tensor avg_pool2d_grad(const Operand& dy, PoolAttrs attrs);

}  // namespace lemnos
