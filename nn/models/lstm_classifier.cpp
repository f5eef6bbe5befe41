// SPDX-License-Identifier: Apache-2.0
#include "nn/models/lstm_classifier.h"

#include "nn/layers/padding.h"
#include "ops/random/random.h"
#include "ops/shape/shape.h"

namespace lemnos::nn {

LstmClassifier::LstmClassifier(const Config& c)
    : config(c),
      embedding({.ids = c.vocabulary, .width = c.embedding}),
      recurrent(c.cell, {.in = c.embedding,
                         .hidden = c.hidden,
                         .layers = c.layers,
                         .bidirectional = c.bidirectional,
                         .dropout = c.dropout}),
      dense({.in = c.hidden * (c.bidirectional ? 2 : 1), .out = c.classes}) {}

// The last layer's states are the last of h_n: one, or one of each direction.
Tensor LstmClassifier::features(const Operand& ids) const {
  const Tensor lengths = lengths_of(is_token(ids));
  const Tensor states = recurrent(embedding(ids), {.lengths = lengths}).h_n;
  const std::int64_t all = states.size(0), last = config.bidirectional ? 2 : 1;
  const Tensor top = all == last ? states : slice(states, 0, all - last, all);
  return flatten(last == 1 ? reshape(top, {top.size(1), top.size(2)}) : transpose(top, {1, 0, 2}));
}

Tensor LstmClassifier::operator()(const Operand& ids) const {
  return dense(dropout(features(ids), config.dropout));
}

}  // namespace lemnos::nn
