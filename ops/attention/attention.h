// SPDX-License-Identifier: Apache-2.0
// Scaled dot-product attention (Vaswani et al. 2017, "Attention is all you need"), without storing
// the scores where the device gains by it (Dao 2023, "FlashAttention-2").
#pragma once

#include <optional>

#include "runtime/tensor/tensor.h"

namespace lemnos {

struct AttentionOptions {
  bool causal = false;               // the last query is aligned with the last key: see below
  Tensor lengths = {};               // i32 [B]: how many keys of each batch exist; empty: all
  std::optional<double> scale = {};  // of the scores; without: 1 / sqrt(D)
  double dropout = 0;                // of the probabilities, while training: in [0, 1)
};

// y[b, h, i] = sum over keys j of softmax_j(scale * q[b, h, i] . k[b, g, j]) v[b, g, j], f32, with
// g = h / (H / G): neighbouring query heads share a key head (grouped-query attention, Ainslie et
// al. 2023).
//
// q is [B, H, T, D], k and v are [B, G, S, D]; H is a multiple of G, D at most 256; y is like q.
// Query i sees the keys j < lengths[b] and, if causal, j <= i + S - T. One that sees no key gives
// zeros. Dropout sets probabilities to zero and divides the others by 1 - dropout; element
// ((b H + h) T + i) S + j of its mask is what bernoulli would give.
//
// Where q, k and v are stored as 16-bit floats and the device multiplies matrices of those, what
// they are multiplied with is rounded too: probabilities, and in the gradient dy and that of
// scores.
//
// Errors: shapes and types that are not these; a second derivative.
Tensor attention(const Operand& q, const Operand& k, const Operand& v,
                 const AttentionOptions& options = {});

// The softmax_j(...) above, f32 [B, H, T, S], before dropout: how much of each value there is in
// y[b, h, i]. Zero where query i does not see key j. Costs S / D times what attention does, and
// stores what that never does: for looking at, not for training.
Tensor attention_probabilities(const Operand& q, const Operand& k, AttentionOptions options = {});

}  // namespace lemnos
