// SPDX-License-Identifier: Apache-2.0
// Transformers over tokens. Gpt sees the tokens before and predicts the next (Radford et al. 2018,
// 2019); Bert sees both sides and predicts masked ones (Devlin et al. 2018). Either tells classes
// of texts apart instead, with a head of its own on the same transformer.
#pragma once

#include <span>

#include "nn/layers/embedding.h"
#include "nn/layers/transformer.h"
#include "nn/models/config.h"

namespace lemnos::nn {

struct TokenTransformer {
  struct Config {
    std::int64_t vocabulary = 261, length = 128;
    std::int64_t width = 128, heads = 4, layers = 4, hidden = 0;
    double dropout = 0;
    std::int64_t lora_rank = 0;
    std::string head = "tokens";
    std::int64_t classes = 0;

    template <class Visitor>
    void fields(Visitor&& visit) {
      visit("vocabulary", vocabulary, "tokens there are; follows from the data");
      visit("length", length, "tokens it sees at most; follows from the data");
      visit("width", width, "numbers that stand for a token");
      visit("heads", heads, "of attention");
      visit("layers", layers, "transformer blocks");
      visit("hidden", hidden, "size between a block's dense layers; 0: 4 times the width");
      visit("dropout", dropout, "probability that a value is dropped while training");
      visit("lora_rank", lora_rank,
            "rank of a change beside each weight, which alone is trained; 0: none");
      visit("head", head, "tokens: it predicts them; classes: it tells those of texts apart");
      visit("classes", classes, "follows from the data");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  TokenTransformer(const Config& config, bool causal);

  // ids i32 [N, T], T <= length, padded with 0 behind: what stands for each token after the last
  // block, [N, T, width].
  Tensor hidden(const Operand& ids) const;
  // Logits of tokens at each place: [N, T, vocabulary].
  Tensor operator()(const Operand& ids) const;
  // Causal only: logits [N, vocabulary] of what follows one token more, ids i32 [N], of N texts
  // that have `place`, i32 [1], tokens already. make_caches(N) are states, zero at first, in which
  // next() leaves the keys and values of all tokens so far.
  Tensor next(const Operand& ids, const Operand& place, std::span<const Tensor> caches) const;
  std::vector<Tensor> make_caches(std::int64_t texts) const;
  // What the classifier is given, [N, width]: the mean over a text's tokens, of Gpt too: there its
  // last token, which Radford et al. take, knows what comes next more than what was said
  // (tests/studies/README.md).
  Tensor features(const Operand& ids) const;
  // Logits of classes: [N, classes].
  Tensor classify(const Operand& ids) const;

  Config config;
  bool causal;
  Embedding tokens, places;
  Transformer transformer;
  Linear head;  // of tokens, without bias; or of classes
  LEMNOS_FIELDS(tokens, places, transformer, head)
};

struct Gpt : TokenTransformer {
  explicit Gpt(const Config& c) : TokenTransformer(c, true) {}
};
struct Bert : TokenTransformer {
  explicit Bert(const Config& c) : TokenTransformer(c, false) {}
};

}  // namespace lemnos::nn
