// SPDX-License-Identifier: Apache-2.0
// What the ops on images [N, H, W, C] share: how their kernels (shaders/common/images.glsl) walk
// over a grid [N, rows, columns, C], an invocation for each element, or for four channels where
// they divide by four.
#pragma once

#include "runtime/graph/op_def.h"
#include "shaders/kernels.h"

namespace lemnos {

// One source in its variants.
struct ImageKernel {
  Kernel scalar, vec4, texel;
};
// IMAGE_KERNEL(pool): the kernels that image_kernel(pool ...) in a variants.cmake declares.
#define IMAGE_KERNEL(name) \
  ImageKernel { Kernel::name, Kernel::name##_vec4, Kernel::name##_texel }

// `dispatch` has its shader, constant 0, groups and loop turns; the numbers are push constants.
struct ImageGrid {
  Dispatch dispatch;
  Kernel kernel;
  bool texel;  // it reads through texel buffers
  std::uint32_t count, rows, columns, channels, turns;
};
// `element_turns`: loop turns for one element of the grid; `scalars`: elements of an operand that
// is read one by one.
ImageGrid image_grid(const Problem& p, const gpu::Caps& caps, const ImageKernel& kernels,
                     const Shape& grid, std::uint64_t element_turns, std::int64_t scalars = 0);

// nullptr if every operand and the result can be bound whole.
const char* fits_images(const Problem& p, const gpu::Caps& caps);

// Checks that x is real images, else fails in the name of the op.
void check_images(const Problem& p);

}  // namespace lemnos
