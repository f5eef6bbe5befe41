// SPDX-License-Identifier: Apache-2.0
// Seq2Seq: an encoder reads one text, a decoder writes another and looks at what was read by
// attention. With recurrent cells: Sutskever et al. 2014 with the dot attention of Luong et al.
// 2015; with transformers: Vaswani et al. 2017.
#pragma once

#include "nn/layers/embedding.h"
#include "nn/layers/linear.h"
#include "nn/layers/recurrent_cell.h"
#include "nn/layers/transformer.h"
#include "nn/models/config.h"

namespace lemnos::nn {

struct Seq2Seq {
  struct Config {
    std::int64_t vocabulary = 261, length = 64;
    std::string cell = "lstm";
    std::int64_t width = 128, layers = 1, heads = 4;
    double dropout = 0;

    template <class Visitor>
    void fields(Visitor&& visit) {
      visit("vocabulary", vocabulary, "tokens there are; follows from the data");
      visit("length", length, "tokens of a text at most; follows from the data");
      visit("cell", cell, "lstm, gru, rnn or transformer");
      visit("width", width, "numbers that stand for a token, and in the recurrent state");
      visit("layers", layers, "of the encoder, and of the decoder");
      visit("heads", heads, "of attention; transformer only");
      visit("dropout", dropout, "probability that a value is dropped while training");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  explicit Seq2Seq(const Config& config);

  // Logits [N, T, vocabulary] of the token that follows each of `written`, i32 [N, T], which begins
  // with the begin token; `read` is i32 [N, S]. Both are padded with 0 behind.
  Tensor operator()(const Operand& read, const Operand& written) const;
  // What the encoder has made of `read`: the mean of its states over the tokens, [N, width].
  Tensor features(const Operand& read) const;

  Config config;
  Embedding read_tokens, written_tokens;
  // One kind or the other.
  std::vector<RecurrentCell> recurrent;   // encoder, decoder
  std::vector<Linear> combine;            // [state, what was looked at] to one vector
  std::vector<Embedding> places;          // of both texts
  std::vector<Transformer> transformers;  // encoder, decoder
  Linear head;
  LEMNOS_FIELDS(read_tokens, written_tokens, recurrent, combine, places, transformers, head)

 private:
  LstmResult encode(const Operand& read) const;  // of a transformer only .h
  Tensor decode(const Operand& written, const LstmResult& encoded, const Tensor& lengths) const;
};

}  // namespace lemnos::nn
