// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/attention.h"

#include "nn/tap.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"

namespace lemnos::nn {
namespace {

using Options = MultiHeadAttention::Options;

Options checked(Options o) {
  if (o.kv_heads == 0) o.kv_heads = o.heads;
  if (o.width < 1 || o.heads < 1 || o.kv_heads < 1 || o.width % o.heads != 0 ||
      o.heads % o.kv_heads != 0)
    fail_usage(
        "multi_head_attention: {} features in {} heads with {} key heads is not possible: .heads "
        "must divide .width, and .kv_heads .heads",
        o.width, o.heads, o.kv_heads);
  return o;
}

Linear keys_or_values(const Options& o) {
  return Linear({.in = o.width,
                 .out = o.width / o.heads * o.kv_heads,
                 .bias = o.bias,
                 .lora_rank = o.lora_rank});
}

// [B, T, heads * d] -> [B, heads, T, d]
Tensor split(const Operand& x, const Linear& linear, const Options& o, std::int64_t heads) {
  const Shape shape = x.shape();
  if (shape.rank() != 3 || shape[-1] != o.width)
    fail_at(x.at(), "multi_head_attention: takes [B, T, {}], x is {}", o.width, shape);
  const Tensor y = reshape(linear(x), {shape[0], shape[1], heads, o.width / o.heads});
  return transpose(y, {0, 2, 1, 3});
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(Options given)
    : options(checked(given)),
      q({.in = options.width,
         .out = options.width,
         .bias = options.bias,
         .lora_rank = options.lora_rank}),
      k(keys_or_values(options)),
      v(keys_or_values(options)),
      o({.in = options.width,
         .out = options.width,
         .bias = options.bias,
         .lora_rank = options.lora_rank}) {}

Tensor MultiHeadAttention::queries(const Operand& x) const {
  return split(x, q, options, options.heads);
}
Tensor MultiHeadAttention::keys(const Operand& memory) const {
  return split(memory, k, options, options.kv_heads);
}
Tensor MultiHeadAttention::values(const Operand& memory) const {
  return split(memory, v, options, options.kv_heads);
}

Tensor MultiHeadAttention::attend(const Operand& q_heads, const Operand& k_heads,
                                  const Operand& v_heads, const Tensor& lengths) const {
  const AttentionOptions how{
      .causal = options.causal, .lengths = lengths, .dropout = options.dropout};
  offer(Tapped::attention, [&] { return attention_probabilities(q_heads, k_heads, how); });
  const Tensor y = attention(q_heads, k_heads, v_heads, how);
  const Tensor joined = transpose(y, {0, 2, 1, 3});
  return o(reshape(joined, {joined.size(0), joined.size(1), options.width}));
}

Tensor MultiHeadAttention::cross(const Operand& x, const Operand& memory,
                                 const Tensor& lengths) const {
  return attend({queries(x), x.at()}, {keys(memory), memory.at()}, {values(memory), memory.at()},
                lengths);
}

Tensor MultiHeadAttention::operator()(const Operand& x, const Tensor& lengths) const {
  return cross(x, x, lengths);
}

}  // namespace lemnos::nn
