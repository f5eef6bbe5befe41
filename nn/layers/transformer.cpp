// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/transformer.h"

#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "runtime/base/error.h"
#include "runtime/graph/trace.h"

namespace lemnos::nn {
namespace {

const TransformerOptions& checked(const TransformerOptions& o) {
  if (o.width < 1 || o.heads < 1 || o.width % o.heads != 0)
    fail_usage("transformer: the width must be a multiple of the heads, not {} and {}", o.width,
               o.heads);
  if (o.layers < 1) fail_usage("transformer: layers must be at least 1, not {}", o.layers);
  if (o.hidden < 0) fail_usage("transformer: hidden must be at least 0, not {}", o.hidden);
  if (!(o.dropout >= 0 && o.dropout < 1))
    fail_usage("transformer: dropout must be at least 0 and below 1, not {}", o.dropout);
  return o;
}

std::int64_t hidden_of(const TransformerOptions& o) {
  return o.hidden > 0 ? o.hidden : 4 * o.width;
}

MultiHeadAttention::Options attention_of(const TransformerOptions& o, bool causal) {
  return {.width = o.width,
          .heads = o.heads,
          .causal = causal,
          .dropout = o.dropout,
          .lora_rank = o.lora_rank};
}

}  // namespace

TransformerBlock::TransformerBlock(const TransformerOptions& o)
    : options(checked(o)),
      norm1({.size = o.width}),
      norm2({.size = o.width}),
      attention(attention_of(o, o.causal)),
      up({.in = o.width, .out = hidden_of(o), .lora_rank = o.lora_rank}),
      down({.in = hidden_of(o), .out = o.width, .lora_rank = o.lora_rank}) {
  if (!o.cross) return;
  norm_cross.push_back(LayerNorm{{.size = o.width}});
  cross.push_back(MultiHeadAttention(attention_of(o, false)));
}

Tensor TransformerBlock::feed_forward(const Operand& x) const {
  return x + dropout(down(gelu(up(norm2(x)))), options.dropout);
}

Tensor TransformerBlock::operator()(const Operand& x, const Tensor& lengths, const Tensor& memory,
                                    const Tensor& memory_lengths) const {
  Tensor y = x + dropout(attention(norm1(x), lengths), options.dropout);
  if (!cross.empty())
    y = y + dropout(cross[0].cross(norm_cross[0](y), memory, memory_lengths), options.dropout);
  return feed_forward(y);
}

Transformer::Transformer(const TransformerOptions& o) : norm({.size = o.width}) {
  for (std::int64_t i = 0; i < checked(o).layers; ++i) blocks.push_back(TransformerBlock(o));
}

Tensor Transformer::operator()(const Operand& x, const Tensor& lengths, const Tensor& memory,
                               const Tensor& memory_lengths) const {
  Tensor y = x.tensor();
  for (const TransformerBlock& block : blocks)
    y = recomputed([&] { return block(Operand(y, x.at()), lengths, memory, memory_lengths); });
  return norm(y);
}

}  // namespace lemnos::nn
