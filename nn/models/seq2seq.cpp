// SPDX-License-Identifier: Apache-2.0
#include "nn/models/seq2seq.h"

#include "nn/layers/padding.h"
#include "ops/attention/attention.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/shape/shape.h"

namespace lemnos::nn {
namespace {

// [N, T, W] as one head, [N, 1, T, W].
Tensor one_head(const Tensor& x) { return reshape(x, x.shape().inserted(1, 1)); }

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

// The decoder begins in the encoder's last state. What it looks at, a mean of the encoder's states
// weighted by their products with its own, is combined with that: tanh(W [looked at; state]).
Tensor Seq2Seq::with_cells(const Operand& read, const Operand& written) const {
  const Tensor lengths = lengths_of(is_token(read));
  const LstmResult encoded =
      recurrent[0](dropout(read_tokens(read), config.dropout), {.lengths = lengths});
  const Tensor states = recurrent[1](dropout(written_tokens(written), config.dropout),
                                     {.h0 = encoded.h_n, .c0 = encoded.c_n})
                            .h;
  const Tensor looked = attention(one_head(states), one_head(encoded.h), one_head(encoded.h),
                                  {.lengths = lengths, .scale = 1.0});
  return tanh(combine[0](concat({reshape(looked, states.shape()), states}, 2)));
}

Tensor Seq2Seq::with_transformers(const Operand& read, const Operand& written) const {
  const auto placed = [&](const Embedding& tokens, const Embedding& where, const Operand& ids) {
    const Tensor x = tokens(ids) + slice(where.weight, 0, 0, ids.shape()[1]);
    return dropout(x, config.dropout);
  };
  const Tensor lengths = lengths_of(is_token(read));
  const Tensor memory = transformers[0](placed(read_tokens, places[0], read), lengths);
  return transformers[1](placed(written_tokens, places[1], written), {}, memory, lengths);
}

Tensor Seq2Seq::operator()(const Operand& read, const Operand& written) const {
  const Shape s = read.shape(), t = written.shape();
  if (s.rank() != 2 || t.rank() != 2 || s[0] != t[0] || s[1] > config.length ||
      t[1] > config.length + 1)
    fail_at(read.at(),
            "seq2seq: takes tokens [N, S] and [N, T] of at most {} and {}, not {} and {}",
            config.length, config.length + 1, s, t);
  return head(transformers.empty() ? with_cells(read, written) : with_transformers(read, written));
}

}  // namespace lemnos::nn
