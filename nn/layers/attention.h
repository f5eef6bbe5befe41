// SPDX-License-Identifier: Apache-2.0
// MultiHeadAttention (Vaswani et al. 2017): linear maps to queries, keys and values of several
// heads, attention of ops/attention/attention.h in each, and a linear map of what they gave.
#pragma once

#include "nn/layers/linear.h"
#include "ops/attention/attention.h"

namespace lemnos::nn {

struct MultiHeadAttention {
  struct Options {
    std::int64_t width = 0;     // features of x and of the result
    std::int64_t heads = 1;     // divides width: a head has width / heads features
    std::int64_t kv_heads = 0;  // of keys and values, divides heads; 0: as many as heads
    bool bias = true;
    bool causal = false;
    double dropout = 0;          // of the attention probabilities
    std::int64_t lora_rank = 0;  // of the linear maps
  };

  explicit MultiHeadAttention(Options options);

  // Self-attention: x is [B, T, width], so is the result. lengths: i32 [B], keys that exist.
  Tensor operator()(const Operand& x, const Tensor& lengths = {}) const;
  // Cross-attention: queries from x [B, T, width], keys and values from memory [B, S, width].
  Tensor cross(const Operand& x, const Operand& memory, const Tensor& lengths = {}) const;

  // The parts, for models that do something between (rotary positions, a cache of keys):
  // [B, T, width] -> heads [B, heads, T, width / heads] of queries; keys and values have kv_heads.
  Tensor queries(const Operand& x) const;
  Tensor keys(const Operand& memory) const;
  Tensor values(const Operand& memory) const;
  // Attention over heads, joined and mapped to [B, T, width].
  Tensor attend(const Operand& q, const Operand& k, const Operand& v,
                const Tensor& lengths = {}) const;

  Options options;
  Linear q, k, v, o;
  LEMNOS_FIELDS(q, k, v, o)
};

}  // namespace lemnos::nn
