// SPDX-License-Identifier: Apache-2.0
// A decoder as small language models have it (Touvron et al. 2023, "Llama"; Ben Allal et al. 2025,
// "SmolLM2"): normed by root mean square before each part, rotary positions, query heads that share
// keys, a gated feed-forward part, and the embedding used again for the logits.
#pragma once

#include "nn/layers/attention.h"
#include "nn/layers/embedding.h"
#include "nn/layers/rms_norm.h"
#include "nn/models/config.h"

namespace lemnos::bench {

struct SmallLanguageModel {
  // SmolLM2-135M's, as its config.json has them; length is what is trained at once here.
  struct Config {
    std::int64_t vocabulary = 49152, length = 128;
    std::int64_t width = 576, heads = 9, kv_heads = 3, layers = 30, hidden = 1536;
    double rotary_base = 100000, epsilon = 1e-5;
  };

  // x = x + attention(norm1(x)); x = x + down(silu(gate(norm2(x))) * up(norm2(x)))
  struct Block {
    explicit Block(const Config& config);
    Tensor operator()(const Tensor& x, const Tensor& rotary_table) const;

    nn::RmsNorm norm1, norm2;
    nn::MultiHeadAttention attention;
    nn::Linear gate, up, down;
    LEMNOS_FIELDS(norm1, attention, norm2, gate, up, down)
  };

  explicit SmallLanguageModel(const Config& config);
  // ids i32 [N, T], T <= length: logits [N, T, vocabulary].
  Tensor operator()(const Operand& ids) const;
  // After the last norm: [N, T, width].
  Tensor hidden(const Operand& ids) const;

  Config config;
  nn::Embedding tokens;
  std::vector<Block> blocks;
  nn::RmsNorm norm;
  Tensor table;  // of rotary positions
  LEMNOS_FIELDS(tokens, blocks, norm)
};

}  // namespace lemnos::bench
