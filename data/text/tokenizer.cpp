// SPDX-License-Identifier: Apache-2.0
#include "data/text/tokenizer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "data/text/kinds.h"
#include "data/text/utf8.h"
#include "runtime/base/error.h"

namespace lemnos::data {
namespace {

constexpr std::array<std::string_view, 5> kind_names{"bytes", "characters", "words", "bpe",
                                                     "unigram"};

class ByteTokenizer final : public Tokenizer {
 public:
  TokenKind kind() const override { return TokenKind::bytes; }
  std::int64_t vocabulary() const override { return token::first + 256; }
  std::vector<Token> encode(std::string_view text) const override {
    std::vector<Token> ids(text.size());
    std::ranges::transform(text, ids.begin(), [](char byte) {
      return token::first + static_cast<unsigned char>(byte);
    });
    return ids;
  }
  nlohmann::json to_json() const override { return {{"kind", name_of(kind())}}; }

 private:
  std::string piece(Token id) const override {
    return std::string(1, static_cast<char>(id - token::first));
  }
};

TokenizerPtr parse(const nlohmann::json& json) {
  const auto name = json.at("kind").get<std::string>();
  const auto found = std::ranges::find(kind_names, name);
  check(found != kind_names.end(), "an unknown kind, '{}'", name);
  const auto kind = static_cast<TokenKind>(found - kind_names.begin());
  if (kind == TokenKind::bytes) return byte_tokenizer();
  const bool whole = kind == TokenKind::words || kind == TokenKind::characters;
  return whole ? vocabulary_from_json(kind, json) : subwords_from_json(kind, json);
}

}  // namespace

std::string_view name_of(TokenKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

TokenKind token_kind(std::string_view name) {
  const auto found = std::ranges::find(kind_names, name);
  if (found == kind_names.end())
    fail_usage("there are no tokens '{}'; known are {}", name, fmt::join(kind_names, ", "));
  return static_cast<TokenKind>(found - kind_names.begin());
}

TokenizerPtr byte_tokenizer() { return std::make_shared<ByteTokenizer>(); }

TokenizerPtr fit_tokenizer(const TokenizerOptions& options, std::span<const std::string> texts) {
  if (options.kind == TokenKind::bytes) return byte_tokenizer();
  if (options.vocabulary <= token::first)
    fail_usage("a vocabulary holds more than the {} special ids, not {}", token::first,
               options.vocabulary);
  for (const std::string& text : texts) require_utf8(text, "a text to learn tokens from");
  const bool whole = options.kind == TokenKind::words || options.kind == TokenKind::characters;
  return whole ? fit_vocabulary(options, texts) : fit_subwords(options, texts);
}

TokenizerPtr tokenizer_from_json(const nlohmann::json& json) {
  try {
    return parse(json);
  } catch (const nlohmann::json::exception& error) {
    fail("the stored tokenizer is damaged: {}", error.what());
  } catch (const Error& error) {
    fail("the stored tokenizer is damaged: {}", error.what());
  }
}

std::string Tokenizer::name(Token id) const {
  check(id >= 0 && id < vocabulary(), "there is no token {}: the vocabulary has {}", id,
        vocabulary());
  return id < token::first ? std::string(special_names[static_cast<std::size_t>(id)]) : piece(id);
}

void Tokenizer::append(std::string& text, Token id, bool& started) const {
  const std::string known = name(id);
  if (id < token::first && id != token::unknown) return;
  if (started && kind() == TokenKind::words) text += ' ';
  text += id == token::unknown ? replacement_character : std::string_view(known);
  started = true;
}

std::string Tokenizer::decode(std::span<const Token> ids) const {
  std::string text;
  bool started = false;
  for (const Token id : ids) append(text, id, started);
  return text;
}

// Takes from held_ what no later byte can change.
std::string StreamDecoder::complete() {
  std::string ready;
  std::size_t at = 0;
  while (at < held_.size()) {
    const Utf8Char next = first_char(std::string_view(held_).substr(at));
    if (next.state == Utf8State::cut_off) break;
    append_utf8(ready, next.code);
    at += next.bytes;
  }
  held_.erase(0, at);
  return ready;
}

std::string StreamDecoder::push(Token id) {
  tokenizer_->append(held_, id, started_);
  return complete();
}

std::string StreamDecoder::finish() {
  const std::string rest(held_.empty() ? "" : replacement_character);
  held_.clear();
  started_ = false;
  return rest;
}

}  // namespace lemnos::data
