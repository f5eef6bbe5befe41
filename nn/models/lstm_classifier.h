// SPDX-License-Identifier: Apache-2.0
// LstmClassifier: an embedding, a recurrent layer, and a dense layer on its last state.
#pragma once

#include "nn/layers/embedding.h"
#include "nn/layers/linear.h"
#include "nn/layers/recurrent_cell.h"
#include "nn/models/config.h"

namespace lemnos::nn {

struct LstmClassifier {
  struct Config {
    std::int64_t vocabulary = 10000, embedding = 50, hidden = 100, layers = 1, classes = 2;
    bool bidirectional = false;
    std::string cell = "lstm";
    double dropout = 0;

    template <class Visitor>
    void fields(Visitor&& visit) {
      visit("vocabulary", vocabulary, "tokens there are; follows from the data");
      visit("embedding", embedding, "numbers that stand for a token");
      visit("hidden", hidden, "numbers in the recurrent state");
      visit("layers", layers, "recurrent layers, one on top of the other");
      visit("classes", classes, "classes; 1: two classes, one logit");
      visit("bidirectional", bidirectional, "reads each text in both directions");
      visit("cell", cell, "lstm, gru or rnn (with tanh)");
      visit("dropout", dropout, "probability that a value between layers is dropped");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  explicit LstmClassifier(const Config& config);

  // ids i32 [N, T], padded with 0 behind: logits [N, classes].
  Tensor operator()(const Operand& ids) const;
  // What the last layer is given: the state after the last token, [N, hidden], or both directions'.
  Tensor features(const Operand& ids) const;

  Config config;
  Embedding embedding;
  RecurrentCell recurrent;
  Linear dense;
  LEMNOS_FIELDS(embedding, recurrent, dense)
};

}  // namespace lemnos::nn
