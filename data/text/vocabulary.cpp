// SPDX-License-Identifier: Apache-2.0
// Words and characters: the most frequent ones have an id, all others are unknown.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "data/text/kinds.h"
#include "data/text/utf8.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

bool in(char32_t code, char32_t low, char32_t high) { return code >= low && code <= high; }

bool is_word_char(char32_t code) {
  if (code < 0x80)
    return in(code, 'a', 'z') || in(code, 'A', 'Z') || in(code, '0', '9') || code == '_';
  if (code < 0xC0) return code == 0xAA || code == 0xB5 || code == 0xBA;  // letters among the signs
  return code != 0xD7 && code != 0xF7 && !in(code, 0x2000, 0x2BFF) && !in(code, 0x3000, 0x303F) &&
         !in(code, 0xFF00, 0xFF20);
}

// Unicode's simple lower case within Latin-1, Latin Extended-A, Greek and Cyrillic.
char32_t lower_case(char32_t code) {
  if (code < 0x80) return in(code, 'A', 'Z') ? code + 32 : code;
  if (in(code, 0xC0, 0xDE)) return code == 0xD7 ? code : code + 32;
  if (code == 0x178) return 0xFF;
  if (in(code, 0x139, 0x148) || in(code, 0x179, 0x17E)) return code + code % 2;
  if (in(code, 0x100, 0x137) || in(code, 0x14A, 0x177))
    return code == 0x130 || code == 0x131 ? code : code | 1;
  if (code == 0x386) return 0x3AC;
  if (in(code, 0x388, 0x38A)) return code + 37;
  if (code == 0x38C) return 0x3CC;
  if (code == 0x38E || code == 0x38F) return code + 63;
  if (in(code, 0x391, 0x3AB)) return code == 0x3A2 ? code : code + 32;
  if (in(code, 0x400, 0x40F)) return code + 80;
  return in(code, 0x410, 0x42F) ? code + 32 : code;
}

// Calls visit(word) for the words of a valid text, in order.
template <class Visit>
void each_word(std::string_view text, bool lower, const Visit& visit) {
  std::string word;
  while (!text.empty()) {
    const Utf8Char next = first_char(text);
    text.remove_prefix(next.bytes);
    const bool inside =
        next.code == '\'' && !word.empty() && !text.empty() && is_word_char(first_char(text).code);
    if (inside || is_word_char(next.code)) {
      append_utf8(word, lower ? lower_case(next.code) : next.code);
    } else if (!word.empty()) {
      visit(word);
      word.clear();
    }
  }
  if (!word.empty()) visit(word);
}

template <class Visit>
void each_character(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const std::size_t bytes = first_char(text).bytes;
    visit(std::string(text.substr(0, bytes)));
    text.remove_prefix(bytes);
  }
}

// How a text falls into words or characters.
struct Splitter {
  TokenKind kind = TokenKind::words;
  bool lower = true;
  std::set<std::string> stop_words;

  template <class Visit>
  void each(std::string_view text, const Visit& visit) const {
    if (kind == TokenKind::characters) return each_character(text, visit);
    each_word(text, lower, [&](const std::string& word) {
      if (!stop_words.contains(word)) visit(word);
    });
  }
};

class VocabularyTokenizer final : public Tokenizer {
 public:
  VocabularyTokenizer(Splitter splitter, std::vector<std::string> words)
      : splitter_(std::move(splitter)), words_(std::move(words)) {
    check(!words_.empty(), "the vocabulary is empty");
    for (std::size_t i = 0; i < words_.size(); ++i) {
      check(!words_[i].empty() && is_utf8(words_[i]), "entry {} of the vocabulary is no text", i);
      const bool is_new = ids_.emplace(words_[i], token::first + static_cast<Token>(i)).second;
      check(is_new, "the vocabulary holds \"{}\" twice", words_[i]);
    }
  }

  TokenKind kind() const override { return splitter_.kind; }
  std::int64_t vocabulary() const override {
    return token::first + static_cast<std::int64_t>(words_.size());
  }

  std::vector<Token> encode(std::string_view text) const override {
    require_utf8(text, "the text");
    std::vector<Token> ids;
    splitter_.each(text, [&](const std::string& word) {
      const auto found = ids_.find(word);
      ids.push_back(found == ids_.end() ? token::unknown : found->second);
    });
    return ids;
  }

  nlohmann::json to_json() const override {
    nlohmann::json json{{"kind", name_of(kind())}, {"vocabulary", words_}};
    if (kind() == TokenKind::characters) return json;
    json["lower"] = splitter_.lower;
    json["stop_words"] = splitter_.stop_words;
    return json;
  }

 private:
  std::string piece(Token id) const override {
    return words_[static_cast<std::size_t>(id - token::first)];
  }

  Splitter splitter_;
  std::vector<std::string> words_;
  std::unordered_map<std::string, Token> ids_;
};

}  // namespace

TokenizerPtr fit_vocabulary(const TokenizerOptions& options, std::span<const std::string> texts) {
  Splitter splitter{options.kind, options.lower, {}};
  for (const std::string& listed : options.stop_words)
    each_word(listed, options.lower, [&](const auto& word) { splitter.stop_words.insert(word); });
  std::unordered_map<std::string, std::uint64_t> counts;
  for (const std::string& text : texts)
    splitter.each(text, [&](const std::string& word) { ++counts[word]; });
  if (counts.empty())
    fail("there are no {} in the {} texts to learn them from", name_of(options.kind), texts.size());

  std::vector<std::pair<std::string, std::uint64_t>> sorted(counts.begin(), counts.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  const auto room = static_cast<std::size_t>(options.vocabulary - token::first);
  sorted.resize(std::min(sorted.size(), room));
  std::vector<std::string> words;
  for (auto& [word, count] : sorted) words.push_back(std::move(word));
  return std::make_shared<VocabularyTokenizer>(std::move(splitter), std::move(words));
}

TokenizerPtr vocabulary_from_json(TokenKind kind, const nlohmann::json& json) {
  Splitter splitter{kind, false, {}};
  if (kind == TokenKind::words) {
    splitter.lower = json.at("lower").get<bool>();
    splitter.stop_words = json.at("stop_words").get<std::set<std::string>>();
  }
  return std::make_shared<VocabularyTokenizer>(
      std::move(splitter), json.at("vocabulary").get<std::vector<std::string>>());
}

std::vector<std::string> read_stop_words(const std::string& path) {
  const std::string text = os::read_text(path);
  require_utf8(text, path);
  std::vector<std::string> words;
  std::size_t number = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    ++number;
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.starts_with('#') || line.find_first_not_of(" \t\r") == std::string_view::npos)
      continue;
    std::vector<std::string> found;
    each_word(line, false, [&](const std::string& word) { found.push_back(word); });
    if (found.size() != 1)
      fail("{}: line {} holds {} words; a list of stop words has one in each line", path, number,
           found.size());
    words.push_back(found.front());
  }
  if (words.empty()) fail("{}: there is no word in this list of stop words", path);
  return words;
}

}  // namespace lemnos::data
