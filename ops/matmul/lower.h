// SPDX-License-Identifier: Apache-2.0
// Which kernels compute a product: tiles of registers on CPU drivers, with operands packed where
// that pays, and of shared memory elsewhere; long sums in parts.
#pragma once

#include "runtime/graph/op_def.h"

namespace lemnos {

// The sizes of one product: batches of [M, K] x [K, N]. An operand without batches has stride 0.
struct MatmulSizes {
  std::int64_t batch, m, n, k;
  std::int64_t a_stride, b_stride;
  bool transpose_a, transpose_b;
};
MatmulSizes matmul_sizes(const Problem& p);

Lowering lower_matmul(const Problem& p, const gpu::Caps& caps);
std::uint32_t matmul_choices(const Problem& p, const gpu::Caps& caps);

}  // namespace lemnos
