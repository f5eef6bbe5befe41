// SPDX-License-Identifier: Apache-2.0
// Text to ids and back.
//
// | kind         | an id is                   | text must be | decode(encode(text))            |
// |--------------|----------------------------|--------------|---------------------------------|
// | bytes        | one byte                   | anything     | is the text                     |
// | characters   | one Unicode code point     | UTF-8        | is it, if all are known         |
// | words        | one word                   | UTF-8        | is its words, a space between   |
// | bpe, unigram | a piece of a word, or byte | UTF-8        | is the text; U+2581 is a space  |
//
// A word is a longest run of letters, digits and "_" (ASCII's; beyond it every code point but the
// punctuation and symbols of U+0080-00BF, U+2000-2BFF, U+3000-303F and U+FF00-FF20), an apostrophe
// between two of them included: "don't". All else separates words. Chinese is not cut at words.
//
// Subwords are trained and applied by SentencePiece (Kudo and Richardson 2018; BPE: Sennrich et al.
// 2016; unigram: Kudo 2018), without normalisation and with the 256 bytes as pieces, so every text
// can be written. Training is on one thread: the same text always gives the same pieces.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lemnos::data {

using Token = std::int32_t;

// The ids that every tokenizer has. Ordinary ids begin at `first`: bytes are first + byte, bpe and
// unigram too have their bytes there, before all other pieces.
namespace token {
inline constexpr Token padding = 0;  // behind the last token of a row, and nowhere else
inline constexpr Token unknown = 1;
inline constexpr Token begin = 2;
inline constexpr Token end = 3;
inline constexpr Token mask = 4;
inline constexpr Token first = 5;
}  // namespace token

enum class TokenKind { bytes, characters, words, bpe, unigram };
std::string_view name_of(TokenKind kind);
TokenKind token_kind(std::string_view name);  // wrong usage: an unknown name

struct TokenizerOptions {
  TokenKind kind = TokenKind::bytes;
  // The number of ids, the special ones included. bytes: always 261. characters and words: the most
  // frequent ones, those of equal count in byte order; all, where there are fewer. bpe and unigram:
  // exactly so many, and it is an error when the text does not yield them.
  std::int64_t vocabulary = 10000;
  bool lower = true;                    // words: basic Latin, Greek and Cyrillic become small
  std::vector<std::string> stop_words;  // words: left out of every text (see read_stop_words)
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  virtual TokenKind kind() const = 0;
  virtual std::int64_t vocabulary() const = 0;  // ids are 0 ... vocabulary() - 1

  // No special ids but `unknown`. Fails on text that is not UTF-8, save for bytes.
  virtual std::vector<Token> encode(std::string_view text) const = 0;

  // Special ids vanish, except that `unknown` gives U+FFFD. The result may be cut within a
  // character when the ids are: StreamDecoder never is. Fails on an id out of range.
  std::string decode(std::span<const Token> ids) const;

  // What an id stands for: the bytes it decodes to, or "<padding>", "<unknown>", "<begin>",
  // "<end>", "<mask>".
  std::string name(Token id) const;

  // Everything; small enough for a checkpoint's metadata.
  virtual nlohmann::json to_json() const = 0;

 protected:
  Tokenizer() = default;

 private:
  friend class StreamDecoder;
  virtual std::string piece(Token id) const = 0;  // of an ordinary id
  void append(std::string& text, Token id, bool& started) const;
};

using TokenizerPtr = std::shared_ptr<const Tokenizer>;

// Fitted on these texts; bytes need none. Fails when they hold nothing to fit on.
TokenizerPtr fit_tokenizer(const TokenizerOptions& options, std::span<const std::string> texts);
// Fails, saying what is damaged.
TokenizerPtr tokenizer_from_json(const nlohmann::json& json);

// One word in each line, in UTF-8; empty lines and lines that begin with # are skipped.
std::vector<std::string> read_stop_words(const std::string& path);

// Ids one by one to text, for what is generated: never half a character. Bytes that are no UTF-8
// become U+FFFD, one for each maximal bad part.
class StreamDecoder {
 public:
  explicit StreamDecoder(TokenizerPtr tokenizer) : tokenizer_(std::move(tokenizer)) {}

  std::string push(Token id);  // the characters that are complete now; often none
  std::string finish();        // U+FFFD when a character is still incomplete, then starts anew

 private:
  std::string complete();

  TokenizerPtr tokenizer_;
  std::string held_;
  bool started_ = false;
};

}  // namespace lemnos::data
