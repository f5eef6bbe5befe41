// SPDX-License-Identifier: Apache-2.0
// How texts become rows for a model: of tokens, or of word weights.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "data/datasets/dataset.h"
#include "data/text/tfidf.h"
#include "data/text/tokenizer.h"

namespace lemnos {

// What a user says of it.
struct TextSettings {
  std::string tokens;            // data::TokenKind; empty: what the model is best with
  std::int64_t vocabulary = 0;   // 0: 10,000, or all there are
  std::int64_t length = 0;       // tokens of a text at most; 0: of the longest, up to 128
  std::string stop_words;        // file with words to leave out
  std::string features = "ids";  // or tfidf: a table of word weights

  bool chosen() const;  // whether anything was said
  bool tfidf() const { return features == "tfidf"; }
  void verify() const;  // wrong usage: a value out of range, named as its flag
};

struct TextEncoding {
  data::TokenizerPtr tokens;
  std::optional<data::TfIdf> tfidf;  // instead of rows of tokens
  std::int64_t length = 0;

  static TextEncoding fit(const data::Dataset& dataset, const TextSettings& settings);

  std::int64_t features() const { return tfidf ? tfidf->features() : length; }

  // Makes the split's arrays from its texts. classes: [N, length]; next_token: windows
  // [N, length + 1] of all texts in a row, each of which ends with the end token; sequence: inputs
  // [N, length] with their ends, targets [N, length + 1] from their begin to their end. With
  // tfidf: f32 [N, features].
  void apply(data::Split& split, data::Task task, std::string_view name) const;
  data::Array rows(std::span<const std::string> texts, data::Task task,
                   std::string_view name) const;

  nlohmann::json to_json() const;
  static TextEncoding from_json(const nlohmann::json& json);  // fails when it is damaged
};

}  // namespace lemnos
