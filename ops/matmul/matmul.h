// SPDX-License-Identifier: Apache-2.0
// Matrix products.
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

struct MatmulOptions {
  bool transpose_a = false;  // a is stored [..., K, M]
  bool transpose_b = false;  // b is stored [..., N, K]
};

// c[..., m, n] = sum over k of a[..., m, k] * b[..., k, n], in f32.
//
// a and b have at least two axes. Leading axes are batches: equal in both, or one operand has none
// and serves every batch. Any sizes. Errors: inner sizes that differ, batches that differ.
Tensor matmul(const Operand& a, const Operand& b, MatmulOptions options = {});

}  // namespace lemnos
