// SPDX-License-Identifier: Apache-2.0
#include "nn/models/seq2seq.h"

#include "nn/layers/padding.h"
#include "nn/tap.h"
#include "ops/attention/attention.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/shape/shape.h"

namespace lemnos::nn {
namespace {

// [N, T, W] as one head, [N, 1, T, W].
Tensor one_head(const Tensor& x) { return reshape(x, x.shape().inserted(1, 1)); }

Tensor placed(const Tensor& x, const Embedding& places, const Seq2Seq::Config& config) {
  return dropout(x + slice(places.weight, 0, 0, x.size(1)), config.dropout);
}

}  // namespace

Seq2Seq::Seq2Seq(const Config& c)
    : config(c),
      read_tokens({.ids = c.vocabulary, .width = c.width}),
      written_tokens({.ids = c.vocabulary, .width = c.width}),
      head({.in = c.width, .out = c.vocabulary}) {
  if (c.length < 1) fail_usage("--length must be at least 1, not {}", c.length);
  if (c.cell == "transformer") {
    // The written text has its begin token besides.
    for (const std::int64_t length : {c.length, c.length + 1})
      places.push_back(Embedding{{.ids = length, .width = c.width}});
    TransformerOptions options{
        .width = c.width, .heads = c.heads, .layers = c.layers, .dropout = c.dropout};
    transformers.push_back(Transformer(options));
    options.causal = options.cross = true;
    transformers.push_back(Transformer(options));
    return;
  }
  if (c.width > 256) fail_usage("--width must be at most 256, not {}: one head attends", c.width);
  const RecurrentLayers::Options options{
      .in = c.width, .hidden = c.width, .layers = c.layers, .dropout = c.dropout};
  for (int i = 0; i < 2; ++i) recurrent.push_back(RecurrentCell(c.cell, options));
  combine.push_back(Linear{{.in = 2 * c.width, .out = c.width}});
}

LstmResult Seq2Seq::encode(const Operand& read) const {
  const Shape shape = read.shape();
  if (shape.rank() != 2 || shape[1] > config.length)
    fail_at(read.at(), "seq2seq: reads tokens [N, S] with S at most {} (--length), not {}",
            config.length, shape);
  const Tensor lengths = lengths_of(is_token(read));
  const Tensor x = read_tokens(read);
  if (recurrent.empty()) return {.h = transformers[0](placed(x, places[0], config), lengths)};
  return recurrent[0](dropout(x, config.dropout), {.lengths = lengths});
}

// Recurrent, the decoder begins in the encoder's last state. What it looks at, a mean of the
// encoder's states weighted by their products with its own, is combined with that:
// tanh(W [looked at; state]).
Tensor Seq2Seq::decode(const Operand& written, const LstmResult& encoded,
                       const Tensor& lengths) const {
  const Tensor x = written_tokens(written);
  if (recurrent.empty())
    return transformers[1](placed(x, places[1], config), {}, encoded.h, lengths);
  const LstmResult state =
      recurrent[1](dropout(x, config.dropout), {.h0 = encoded.h_n, .c0 = encoded.c_n});
  const Tensor queries = one_head(state.h), memory = one_head(encoded.h);
  const AttentionOptions how{.lengths = lengths, .scale = 1.0};
  offer(Tapped::attention, [&] { return attention_probabilities(queries, memory, how); });
  const Tensor looked = attention(queries, memory, memory, how);
  return tanh(combine[0](concat({reshape(looked, state.h.shape()), state.h}, 2)));
}

Tensor Seq2Seq::operator()(const Operand& read, const Operand& written) const {
  const Shape s = read.shape(), t = written.shape();
  if (t.rank() != 2 || t[0] != s[0] || t[1] > config.length + 1)
    fail_at(written.at(),
            "seq2seq: writes tokens [N, T] of what it read, [N, S], with T at most {}, "
            "not {} of {}",
            config.length + 1, t, s);
  return head(decode(written, encode(read), lengths_of(is_token(read))));
}

Tensor Seq2Seq::features(const Operand& read) const {
  return mean_of(encode(read).h, is_token(read));
}

}  // namespace lemnos::nn
