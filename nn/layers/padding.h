// SPDX-License-Identifier: Apache-2.0
// Rows of tokens of different lengths: id 0 is padding, behind a row's last token.
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos::nn {

// ids i32 [N, T]: 1 for a token, 0 for padding, f32 [N, T]. No gradient.
Tensor is_token(const Operand& ids);

// i32 [N]: the tokens of each row, as attention and recurrent layers take it.
Tensor lengths_of(const Tensor& is_token);

// x [N, T, W] at each row's last token: [N, W]. A row without tokens gives zeros.
Tensor last_of(const Operand& x, const Tensor& is_token);

// The mean of x [N, T, W] over each row's tokens: [N, W]. A row without tokens gives zeros.
Tensor mean_of(const Operand& x, const Tensor& is_token);

}  // namespace lemnos::nn
