// SPDX-License-Identifier: Apache-2.0
#include "data/text/tfidf.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/base/error.h"

namespace lemnos::data {
namespace {

// How often each feature occurs in a text.
std::map<std::size_t, double> counts(const Tokenizer& tokens, const std::string& text) {
  std::map<std::size_t, double> result;
  for (const Token id : tokens.encode(text))
    if (id >= token::first) ++result[static_cast<std::size_t>(id - token::first)];
  return result;
}

}  // namespace

TfIdf TfIdf::fit(TokenizerPtr tokens, std::span<const std::string> texts) {
  check(!texts.empty(), "there are no texts to weigh words by");
  TfIdf result{std::move(tokens), {}};
  result.idf.resize(static_cast<std::size_t>(result.tokens->vocabulary() - token::first));
  for (const std::string& text : texts)
    for (const auto& [feature, count] : counts(*result.tokens, text)) ++result.idf[feature];
  const auto n = static_cast<double>(texts.size());
  for (double& value : result.idf) value = std::log((1 + n) / (1 + value)) + 1;
  return result;
}

Array TfIdf::apply(std::span<const std::string> texts) const {
  check(!texts.empty(), "there are no texts to weigh the words of");
  Array table =
      Array::zeros(DType::f32, Shape{static_cast<std::int64_t>(texts.size()), features()});
  const auto all = table.as<float>();
  for (std::size_t row = 0; row < texts.size(); ++row) {
    auto weights = counts(*tokens, texts[row]);
    double squares = 0;
    for (auto& [feature, weight] : weights) {
      weight *= idf[feature];
      squares += weight * weight;
    }
    for (const auto& [feature, weight] : weights)
      all[row * idf.size() + feature] = static_cast<float>(weight / std::sqrt(squares));
  }
  return table;
}

std::vector<std::string> TfIdf::names() const {
  std::vector<std::string> result;
  for (Token id = token::first; id < tokens->vocabulary(); ++id) result.push_back(tokens->name(id));
  return result;
}

nlohmann::json TfIdf::to_json() const { return {{"tokens", tokens->to_json()}, {"idf", idf}}; }

TfIdf TfIdf::from_json(const nlohmann::json& json) {
  TfIdf result;
  try {
    result.tokens = tokenizer_from_json(json.at("tokens"));
    result.idf = json.at("idf").get<std::vector<double>>();
  } catch (const nlohmann::json::exception& error) {
    fail("the stored TF-IDF weights are damaged: {}", error.what());
  }
  const auto features = result.tokens->vocabulary() - token::first;
  check(result.features() == features, "the stored TF-IDF weights are damaged: {} for {} tokens",
        result.idf.size(), features);
  for (const double value : result.idf)
    check(std::isfinite(value) && value >= 1,
          "the stored TF-IDF weights are damaged: {} is less than 1", value);
  return result;
}

}  // namespace lemnos::data
