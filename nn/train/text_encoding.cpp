// SPDX-License-Identifier: Apache-2.0
#include "nn/train/text_encoding.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/text/encoding.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"

namespace lemnos {
namespace {

using nlohmann::json;

constexpr std::int64_t usual_vocabulary = 10000, usual_length = 128;
constexpr std::int64_t longest = 65536, largest_vocabulary = 1 << 24;  // exact in f32

std::string usual_tokens(data::Task task, bool tfidf) {
  return task == data::Task::classes || tfidf ? "words" : "bytes";
}

data::Array padded(const data::Tokenizer& tokens, std::span<const std::string> texts,
                   const data::RowRule& rule, std::string_view name) {
  data::Rows rows = data::encode_rows(tokens, texts, rule);
  if (rows.truncated > 0)
    log::info("{}: {} of {} texts are longer than {} tokens and were cut; --length takes more",
              name, rows.truncated, texts.size(), rule.length);
  return std::move(rows.ids);
}

// What the longest text takes, of both splits, up to the usual length.
std::int64_t length_for(const data::Tokenizer& tokens, const data::Dataset& dataset) {
  if (dataset.task == data::Task::next_token) return usual_length;
  const data::RowRule rule{.length = usual_length, .end = dataset.task == data::Task::sequence};
  std::int64_t length = 1;
  for (const auto* texts : {&dataset.train.texts, &dataset.train.target_texts, &dataset.test.texts,
                            &dataset.test.target_texts}) {
    if (texts->empty()) continue;
    const data::Rows rows = data::encode_rows(tokens, *texts, rule);
    length = std::max<std::int64_t>(length, std::ranges::max(rows.lengths.as<std::int32_t>()));
  }
  return length;
}

}  // namespace

bool TextSettings::chosen() const {
  return !tokens.empty() || vocabulary != 0 || length != 0 || !stop_words.empty() || tfidf();
}

void TextSettings::verify() const {
  if (!tokens.empty()) data::token_kind(tokens);
  if (vocabulary != 0 && (vocabulary <= data::token::first || vocabulary > largest_vocabulary))
    fail_usage("--vocabulary must be {} to {}, not {}", data::token::first + 1, largest_vocabulary,
               vocabulary);
  if (length < 0 || length > longest)
    fail_usage("--length must be 1 to {}, not {}", longest, length);
  if (features != "ids" && features != "tfidf")
    fail_usage("--features is ids or tfidf, not '{}'", features);
}

TextEncoding TextEncoding::fit(const data::Dataset& dataset, const TextSettings& settings) {
  settings.verify();
  const bool tfidf = settings.tfidf();
  const std::string kind =
      settings.tokens.empty() ? usual_tokens(dataset.task, tfidf) : settings.tokens;
  data::TokenizerOptions options{.kind = data::token_kind(kind)};
  options.vocabulary = settings.vocabulary > 0 ? settings.vocabulary : usual_vocabulary;
  if (!settings.stop_words.empty()) options.stop_words = data::read_stop_words(settings.stop_words);

  std::vector<std::string> texts = dataset.train.texts;
  texts.insert(texts.end(), dataset.train.target_texts.begin(), dataset.train.target_texts.end());
  TextEncoding made{.tokens = data::fit_tokenizer(options, texts)};
  made.length = settings.length > 0 ? settings.length : length_for(*made.tokens, dataset);
  if (tfidf) made.tfidf = data::TfIdf::fit(made.tokens, dataset.train.texts);
  return made;
}

data::Array TextEncoding::rows(std::span<const std::string> texts, data::Task task,
                               std::string_view name) const {
  if (tfidf) return tfidf->apply(texts);
  return padded(*tokens, texts, {.length = length, .end = task == data::Task::sequence}, name);
}

void TextEncoding::apply(data::Split& split, data::Task task, std::string_view name) const {
  if (task != data::Task::next_token) {
    split.inputs = rows(split.texts, task, name);
    if (task == data::Task::sequence)
      split.targets = padded(*tokens, split.target_texts,
                             {.length = length + 1, .begin = true, .end = true}, name);
    return;
  }
  const data::Array stream = data::encode_stream(*tokens, split.texts);
  split.inputs = data::cut_windows(stream, data::sequential_windows(stream.rows(), length), length);
  const auto bytes = std::transform_reduce(split.texts.begin(), split.texts.end(), std::size_t{0},
                                           std::plus<>(), [](const auto& t) { return t.size(); });
  split.bytes_per_token = static_cast<double>(bytes) / static_cast<double>(stream.rows());
}

json TextEncoding::to_json() const {
  json stored{{"tokens", tokens->to_json()}, {"length", length}};
  if (tfidf) stored["tfidf"] = tfidf->to_json();
  return stored;
}

TextEncoding TextEncoding::from_json(const json& stored) {
  TextEncoding made{.tokens = data::tokenizer_from_json(stored.at("tokens"))};
  stored.at("length").get_to(made.length);
  check(made.length >= 1 && made.length <= longest, "texts of {} tokens", made.length);
  if (stored.contains("tfidf")) made.tfidf = data::TfIdf::from_json(stored.at("tfidf"));
  return made;
}

}  // namespace lemnos
