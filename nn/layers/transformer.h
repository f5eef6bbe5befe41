// SPDX-License-Identifier: Apache-2.0
// Transformer blocks and stacks of them, normalised before each part (Vaswani et al. 2017; Xiong et
// al. 2020, "On layer normalization in the transformer architecture").
#pragma once

#include "nn/layers/attention.h"
#include "nn/layers/layer_norm.h"
#include "nn/layers/linear.h"

namespace lemnos::nn {

struct TransformerOptions {
  std::int64_t width = 128, heads = 4, layers = 4;
  std::int64_t hidden = 0;     // between the two dense layers; 0: 4 width
  std::int64_t lora_rank = 0;  // of all linear maps
  double dropout = 0;          // of what each part adds, and of attention's probabilities
  bool causal = false;         // a token sees itself and those before it
  bool cross = false;          // attends to a second sequence, the memory, too
};

//   x = x + attention(norm1(x))
//   x = x + cross(norm_cross(x), memory)      where it has that part
//   x = x + down(gelu(up(norm2(x))))
struct TransformerBlock {
  explicit TransformerBlock(const TransformerOptions& options);

  // x [N, T, width]; lengths i32 [N]: tokens that exist, empty: all. memory [N, S, width].
  Tensor operator()(const Operand& x, const Tensor& lengths = {}, const Tensor& memory = {},
                    const Tensor& memory_lengths = {}) const;

  TransformerOptions options;
  LayerNorm norm1, norm2;
  MultiHeadAttention attention;
  Linear up, down;
  std::vector<LayerNorm> norm_cross;      // none, or one
  std::vector<MultiHeadAttention> cross;  // none, or one
  LEMNOS_FIELDS(norm1, attention, norm_cross, cross, norm2, up, down)

  // The part after attention, for those who do attention themselves.
  Tensor feed_forward(const Operand& x) const;
};

// The blocks one after the other, and a last normalisation.
struct Transformer {
  explicit Transformer(const TransformerOptions& options);
  Tensor operator()(const Operand& x, const Tensor& lengths = {}, const Tensor& memory = {},
                    const Tensor& memory_lengths = {}) const;

  std::vector<TransformerBlock> blocks;
  LayerNorm norm;
  LEMNOS_FIELDS(blocks, norm)
};

}  // namespace lemnos::nn
