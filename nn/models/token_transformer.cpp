// SPDX-License-Identifier: Apache-2.0
#include "nn/models/token_transformer.h"

#include "nn/init.h"
#include "nn/layers/padding.h"
#include "ops/index/index.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos::nn {
namespace {

const TokenTransformer::Config& checked(const TokenTransformer::Config& c) {
  if (c.length < 1) fail_usage("--length must be at least 1, not {}", c.length);
  if (c.head != "tokens" && c.head != "classes")
    fail_usage("--head is tokens or classes, not '{}'", c.head);
  return c;
}

Linear::Options head_of(const TokenTransformer::Config& c) {
  if (c.head == "classes") return {.in = c.width, .out = c.classes};
  return {.in = c.width, .out = c.vocabulary, .bias = false};
}

}  // namespace

TokenTransformer::TokenTransformer(const Config& c, bool one_sided)
    : config(checked(c)),
      causal(one_sided),
      tokens({.ids = c.vocabulary, .width = c.width}),
      places({.ids = c.length, .width = c.width}),
      transformer({.width = c.width,
                   .heads = c.heads,
                   .layers = c.layers,
                   .hidden = c.hidden,
                   .lora_rank = c.lora_rank,
                   .dropout = c.dropout,
                   .causal = one_sided}),
      head(head_of(c)) {}

Tensor TokenTransformer::hidden(const Operand& ids) const {
  const Shape shape = ids.shape();
  if (shape.rank() != 2 || shape[1] > config.length)
    fail_at(ids.at(), "transformer: takes tokens [N, T] with T at most {} (--length), not {}",
            config.length, shape);
  const Tensor x = tokens(ids) + slice(places.weight, 0, 0, shape[1]);
  // One that looks back only never sees the padding behind a token.
  const Tensor lengths = causal ? Tensor() : lengths_of(is_token(ids));
  return transformer(Operand(dropout(x, config.dropout), ids.at()), lengths);
}

Tensor TokenTransformer::operator()(const Operand& ids) const {
  if (config.head != "tokens")
    fail_at(ids.at(), "transformer: this one was made for classes of texts");
  return head(hidden(ids));
}

// A cache is [length, N * heads * size of a head]: a row for each token.
std::vector<Tensor> TokenTransformer::make_caches(std::int64_t texts) const {
  std::vector<Tensor> caches;
  for (std::size_t i = 0; i < 2 * transformer.blocks.size(); ++i)
    caches.push_back(init::zeros({config.length, texts * config.width}));
  return caches;
}

namespace {

// Writes the new token's heads, [N, H, 1, D], into the cache; all of it as heads, [N, H, S, D].
Tensor remembered(const Tensor& cache, const Tensor& heads, const Operand& place) {
  const std::int64_t length = cache.size(0);
  const Tensor row = reshape(heads, Shape{1, heads.elements()});
  const Tensor all = cache + scatter_add_rows(row, place, length);
  assign(cache, all);
  const Shape shape{length, heads.size(0), heads.size(1), heads.size(3)};
  return transpose(reshape(all, shape), {1, 2, 0, 3});
}

}  // namespace

Tensor TokenTransformer::next(const Operand& ids, const Operand& place,
                              std::span<const Tensor> caches) const {
  if (!causal || config.head != "tokens" || caches.size() != 2 * transformer.blocks.size())
    fail_at(ids.at(), "transformer: only one that predicts the next token goes on with a text");
  const std::int64_t texts = ids.shape()[0];
  const Tensor count = broadcast_to(cast(place, DType::f32) + 1.0, Shape{texts});
  const Tensor lengths = cast(count, DType::i32);
  Tensor x = reshape(tokens(ids) + places(place), Shape{texts, 1, config.width});
  for (std::size_t i = 0; i < transformer.blocks.size(); ++i) {
    const TransformerBlock& block = transformer.blocks[i];
    const Tensor h = block.norm1(x);
    const Tensor keys = remembered(caches[2 * i], block.attention.keys(h), place);
    const Tensor values = remembered(caches[2 * i + 1], block.attention.values(h), place);
    x = x + block.attention.attend(block.attention.queries(h), keys, values, lengths);
    x = block.feed_forward(x);
  }
  return reshape(head(transformer.norm(x)), Shape{texts, config.vocabulary});
}

Tensor TokenTransformer::features(const Operand& ids) const {
  return mean_of(hidden(ids), is_token(ids));
}

Tensor TokenTransformer::classify(const Operand& ids) const {
  if (config.head != "classes") fail_at(ids.at(), "transformer: this one was made for tokens");
  return head(features(ids));
}

}  // namespace lemnos::nn
