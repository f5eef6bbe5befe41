// SPDX-License-Identifier: Apache-2.0
// Convolutions whose groups are single channels (shaders/conv/depthwise.glsl).
#pragma once

#include "ops/conv/geometry.h"
#include "shaders/kernels.h"

namespace lemnos {

// Whether their kernels take it: one result channel a channel, a window that fits into registers.
bool is_depthwise(const ConvGeometry& g);

// conv2d, or, backward, its transpose.
Lowering lower_depthwise(const Problem& p, const ConvGeometry& g, bool backward,
                         const gpu::Caps& caps);

// Of the weights' gradient: kernel, constants 0 to 6, workgroups along x, loop turns for a line.
struct DepthwiseWeights {
  Kernel kernel;
  std::vector<std::uint32_t> specialization;
  std::int64_t groups, line_turns;
};
DepthwiseWeights depthwise_weights(const Problem& p, const ConvGeometry& g, const gpu::Caps& caps);

}  // namespace lemnos
