// SPDX-License-Identifier: Apache-2.0
// Which tile of shaders/common/product_tile.glsl a GPU computes matrix products and convolutions
// with, and the constants that tell the kernel.
#pragma once

#include <initializer_list>

#include "runtime/graph/op_def.h"
#include "shaders/kernels.h"

namespace lemnos {

// A kernel's variants; those of 16-bit floats multiply cooperative matrices.
struct ProductKernels {
  Kernel f32, f16, bf16;
};

// Products [rows, depth] x [depth, columns], `count` of them.
struct ProductSizes {
  std::int64_t rows, columns, count;
};

struct ProductTile {
  Kernel kernel;
  std::int64_t rows, columns, depth;  // of results, and k's a turn
  std::int64_t piece;                 // elements that are loaded together
  std::uint32_t lanes, thread_rows, thread_columns;
  std::vector<std::uint32_t> matrices;  // constants 12 to 17 of common/matrix_tile.glsl, or none

  // All constants: no bias and no activation yet (3 and 4), from 5 on the kernel's own.
  std::vector<std::uint32_t> specialization(std::initializer_list<std::uint32_t> own) const;
};

// Those that operands of the types of the problem's first two inputs can have, the guess first.
std::vector<ProductTile> product_tiles(const ProductKernels& kernels, const Problem& p,
                                       const ProductSizes& sizes, const gpu::Caps& caps);

// The product of matrices of that type to use, if the device has one: the largest, as it needs the
// fewest loads. Its sides divide 32.
const gpu::MatrixShape* matrix_shape(DType type, const gpu::Caps& caps);

// What Problem::choice says, or the first.
template <class T>
const T& chosen(const std::vector<T>& all, const Problem& p) {
  return all[p.choice < all.size() ? p.choice : 0];
}

}  // namespace lemnos
