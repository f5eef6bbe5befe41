// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/small_language_model.h"

#include <cmath>

#include "nn/init.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/position/position.h"

namespace lemnos::bench {

SmallLanguageModel::Block::Block(const Config& c)
    : norm1({.size = c.width, .epsilon = c.epsilon}),
      norm2({.size = c.width, .epsilon = c.epsilon}),
      attention({.width = c.width,
                 .heads = c.heads,
                 .kv_heads = c.kv_heads,
                 .bias = false,
                 .causal = true}),
      gate({.in = c.width, .out = c.hidden, .bias = false}),
      up({.in = c.width, .out = c.hidden, .bias = false}),
      down({.in = c.hidden, .out = c.width, .bias = false}) {}

Tensor SmallLanguageModel::Block::operator()(const Tensor& x, const Tensor& rotary_table) const {
  const Tensor normed = norm1(x);
  const Tensor q = rotary(attention.queries(normed), rotary_table);
  const Tensor k = rotary(attention.keys(normed), rotary_table);
  const Tensor attended = x + attention.attend(q, k, attention.values(normed));
  const Tensor fed = norm2(attended);
  return attended + down(silu(gate(fed)) * up(fed));
}

SmallLanguageModel::SmallLanguageModel(const Config& c)
    : config(c),
      tokens({.ids = c.vocabulary, .width = c.width}),
      norm({.size = c.width, .epsilon = c.epsilon}),
      table(rotary_table(c.length, c.width / c.heads, c.rotary_base)) {
  // It gives the logits, too: of size 1.
  tokens.weight = nn::init::normal({c.vocabulary, c.width}, 1 / std::sqrt(c.width));
  for (std::int64_t i = 0; i < c.layers; ++i) blocks.emplace_back(c);
}

Tensor SmallLanguageModel::hidden(const Operand& ids) const {
  Tensor x = tokens(ids);
  for (const Block& block : blocks) x = block(x, table);
  return norm(x);
}

Tensor SmallLanguageModel::operator()(const Operand& ids) const {
  return matmul(hidden(ids), tokens.weight, {.transpose_b = true});
}

}  // namespace lemnos::bench
