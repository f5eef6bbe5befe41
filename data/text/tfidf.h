// SPDX-License-Identifier: Apache-2.0
// Bags of words: each text as one vector of word weights.
//
//   weight(word, text) = count(word in text) * idf(word), then each vector is divided by its length
//   idf(word) = ln((1 + n) / (1 + texts that hold the word)) + 1,   n texts in all
//
// Source: scikit-learn's TfidfVectorizer with its defaults (smooth_idf, norm "l2"); the idea is
// Spärck Jones's (1972).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "data/array.h"
#include "data/text/tokenizer.h"

namespace lemnos::data {

struct TfIdf {
  TokenizerPtr tokens;
  std::vector<double> idf;  // of every ordinary id

  // Fitted on the training split only.
  static TfIdf fit(TokenizerPtr tokens, std::span<const std::string> texts);

  // f32 [N, features()]: N * features() * 4 bytes. Unknown words do not count; a text without any
  // known word is a row of zeros.
  Array apply(std::span<const std::string> texts) const;
  std::int64_t features() const { return static_cast<std::int64_t>(idf.size()); }
  std::vector<std::string> names() const;  // the word of each feature

  nlohmann::json to_json() const;
  static TfIdf from_json(const nlohmann::json& json);  // fails when it is damaged
};

}  // namespace lemnos::data
