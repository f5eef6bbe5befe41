// SPDX-License-Identifier: Apache-2.0
// BPE and unigram pieces by SentencePiece.
//
// What is kept of a trained model is its pieces and their scores. The model that SentencePiece
// loads is written here from them, also right after training: so a file that was tampered with
// reaches the library only as checked pieces, never as bytes.
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "data/text/kinds.h"
#include "data/text/utf8.h"
#include "runtime/base/error.h"

namespace lemnos::data {
namespace {

// SentencePiece ends the process on a few words of which no piece comes often. The longest such
// text found had 54 characters (repeated patterns, 1,500 trials from 10 to 8,000 characters).
constexpr std::size_t least_bytes = 1000;
constexpr std::size_t longest_line = 4096;  // learning takes the square of it

constexpr Token first_piece = token::first + 256;        // bytes come before
constexpr std::string_view space_mark = "\xE2\x96\x81";  // U+2581 stands for a space in a piece

struct Piece {
  std::string text;
  float score = 0;
};

// Protocol buffers' wire format, as far as sentencepiece_model.proto needs it.
struct Proto {
  std::string bytes;

  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
  }
  Proto& number(unsigned field, std::uint64_t value) {
    varint(field << 3);
    varint(value);
    return *this;
  }
  Proto& real(unsigned field, float value) {
    varint(field << 3 | 5);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(bits >> 8 * i);
    return *this;
  }
  Proto& string(unsigned field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes += value;
    return *this;
  }
};

std::string piece_proto(std::string_view text, float score, unsigned type) {
  return Proto().string(1, text).real(2, score).number(3, type).bytes;
}

// ModelProto: pieces = 1, trainer_spec = 2, normalizer_spec = 3.
std::string model_proto(TokenKind kind, std::span<const Piece> pieces) {
  constexpr unsigned normal = 1, unknown = 2, control = 3, byte = 6;  // SentencePiece.Type
  Proto model;
  for (Token id = 0; id < token::first; ++id)
    model.string(1, piece_proto(special_names[static_cast<std::size_t>(id)], 0,
                                id == token::unknown ? unknown : control));
  for (int value = 0; value < 256; ++value)
    model.string(1, piece_proto(fmt::format("<0x{:02X}>", value), 0, byte));
  for (const Piece& piece : pieces) model.string(1, piece_proto(piece.text, piece.score, normal));

  Proto trainer;  // model_type = 3, byte_fallback = 35, then the special ids
  trainer.number(3, kind == TokenKind::unigram ? 1 : 2).number(35, 1);
  trainer.number(40, token::unknown).number(41, token::begin).number(42, token::end);
  trainer.number(43, token::padding);
  Proto normalizer;  // no dummy prefix, no whitespace removed, spaces escaped
  normalizer.string(1, "identity").number(3, 0).number(4, 0).number(5, 1);
  return model.string(2, trainer.bytes).string(3, normalizer.bytes).bytes;
}

void verify(std::span<const Piece> pieces) {
  std::unordered_set<std::string_view> seen;
  for (const Piece& piece : pieces) {
    check(!piece.text.empty() && is_utf8(piece.text) && std::isfinite(piece.score) &&
              piece.text.find('\0') == std::string::npos,
          "piece {} is no text with a score", seen.size());
    const bool reserved =
        std::ranges::find(special_names, piece.text) != special_names.end() ||
        (piece.text.size() == 6 && piece.text.starts_with("<0x") && piece.text.ends_with('>'));
    check(!reserved && seen.insert(piece.text).second, "\"{}\" comes twice", piece.text);
  }
}

class SubwordTokenizer final : public Tokenizer {
 public:
  SubwordTokenizer(TokenKind kind, std::vector<Piece> pieces)
      : kind_(kind), pieces_(std::move(pieces)) {
    verify(pieces_);
    const auto status = processor_.LoadFromSerializedProto(model_proto(kind_, pieces_));
    check(status.ok(), "SentencePiece refuses the pieces: {}", status.message());
  }

  TokenKind kind() const override { return kind_; }
  std::int64_t vocabulary() const override {
    return first_piece + static_cast<std::int64_t>(pieces_.size());
  }

  std::vector<Token> encode(std::string_view text) const override {
    require_utf8(text, "the text");
    std::vector<Token> ids;
    const auto status = processor_.Encode(text, &ids);
    check(status.ok(), "SentencePiece cannot encode the text: {}", status.message());
    return ids;
  }

  nlohmann::json to_json() const override {
    nlohmann::json texts = nlohmann::json::array(), scores = nlohmann::json::array();
    for (const Piece& piece : pieces_) {
      texts.push_back(piece.text);
      scores.push_back(piece.score);
    }
    return {{"kind", name_of(kind_)}, {"pieces", std::move(texts)}, {"scores", std::move(scores)}};
  }

 private:
  std::string piece(Token id) const override {
    if (id < first_piece) return std::string(1, static_cast<char>(id - token::first));
    std::string text = pieces_[static_cast<std::size_t>(id - first_piece)].text;
    for (std::size_t at = 0; (at = text.find(space_mark, at)) != std::string::npos; ++at)
      text.replace(at, space_mark.size(), " ");
    return text;
  }

  TokenKind kind_;
  std::vector<Piece> pieces_;
  sentencepiece::SentencePieceProcessor processor_;
};

// The texts as SentencePiece takes them: cut at control characters, which so stay bytes, and at
// U+2585, its own mark: it leaves out a sentence that holds one, and ends the process where nothing
// but control characters is left. Long lines are cut: it would leave them out.
class Lines final : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(std::span<const std::string> texts) {
    for (std::string_view text : texts)
      while (!text.empty()) {
        const std::size_t bytes = plain_bytes(text);
        bytes_ += bytes;
        if (bytes > 0) lines_.emplace_back(text.substr(0, bytes));
        text.remove_prefix(std::max<std::size_t>(bytes, first_char(text).bytes));
      }
  }
  std::size_t bytes() const { return bytes_; }
  bool done() const override { return at_ == lines_.size(); }
  void Next() override { ++at_; }
  const std::string& value() const override { return lines_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  static std::size_t plain_bytes(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
      const Utf8Char next = first_char(text.substr(at));
      if (next.code < 0x20 || next.code == 0x2585 || at + next.bytes > longest_line) break;
      at += next.bytes;
    }
    return at;
  }

  std::vector<std::string> lines_;
  std::size_t bytes_ = 0;
  std::size_t at_ = 0;
};

// The number behind the last occurrence of `before` in a message of SentencePiece.
std::optional<std::int64_t> number_after(std::string_view message, std::string_view before) {
  const std::size_t at = message.rfind(before);
  std::int64_t value = 0;
  if (at == std::string_view::npos) return std::nullopt;
  const char* begin = message.data() + at + before.size();
  if (std::from_chars(begin, message.data() + message.size(), value).ec != std::errc{})
    return std::nullopt;
  return value;
}

[[noreturn]] void explain(TokenKind kind, std::int64_t asked, std::string_view message) {
  if (const auto most = number_after(message, "set it to a value <= "))
    fail_usage("{}: these texts yield {} ids at most, special ones and bytes included, not {}",
               name_of(kind), *most, asked);
  if (const auto least = number_after(message, " vs "))
    fail_usage(
        "{}: a vocabulary of {} ids is too small: these texts need {}, for the special ids, 256 "
        "bytes and their own characters",
        name_of(kind), asked, *least);
  fail("{}: SentencePiece cannot learn {} ids from these texts: {}", name_of(kind), asked, message);
}

}  // namespace

TokenizerPtr fit_subwords(const TokenizerOptions& options, std::span<const std::string> texts) {
  constexpr std::int64_t most = 1 << 20;
  if (options.vocabulary <= first_piece || options.vocabulary > most)
    fail_usage("{}: a vocabulary has from {} to {} ids, not {}", name_of(options.kind),
               first_piece + 1, most, options.vocabulary);
  Lines lines(texts);
  if (lines.bytes() < least_bytes)
    fail("{}: {} bytes of text are too few to learn pieces from; it takes {}",
         name_of(options.kind), lines.bytes(), least_bytes);
  std::string model;
  const auto trained = sentencepiece::SentencePieceTrainer::Train(
      {{"model_type", std::string(name_of(options.kind))},
       {"vocab_size", std::to_string(options.vocabulary)},
       {"pad_id", std::to_string(token::padding)},
       {"unk_id", std::to_string(token::unknown)},
       {"bos_id", std::to_string(token::begin)},
       {"eos_id", std::to_string(token::end)},
       {"pad_piece", std::string(special_names[token::padding])},
       {"unk_piece", std::string(special_names[token::unknown])},
       {"bos_piece", std::string(special_names[token::begin])},
       {"eos_piece", std::string(special_names[token::end])},
       {"control_symbols", std::string(special_names[token::mask])},
       {"byte_fallback", "true"},
       {"normalization_rule_name", "identity"},
       {"remove_extra_whitespaces", "false"},
       {"add_dummy_prefix", "false"},
       {"max_sentence_length", std::to_string(longest_line)},
       {"num_threads", "1"},
       {"minloglevel", "2"}},  // errors only: they come back as a status besides
      &lines, &model);
  if (!trained.ok()) explain(options.kind, options.vocabulary, trained.message());

  sentencepiece::SentencePieceProcessor processor;
  const auto loaded = processor.LoadFromSerializedProto(model);
  check(loaded.ok(), "SentencePiece cannot load what it learned: {}", loaded.message());
  std::vector<Piece> pieces;
  for (int id = first_piece; id < processor.GetPieceSize(); ++id)
    pieces.push_back({processor.IdToPiece(id), processor.GetScore(id)});
  return std::make_shared<SubwordTokenizer>(options.kind, std::move(pieces));
}

TokenizerPtr subwords_from_json(TokenKind kind, const nlohmann::json& json) {
  const auto texts = json.at("pieces").get<std::vector<std::string>>();
  const auto scores = json.at("scores").get<std::vector<float>>();
  check(texts.size() == scores.size() && !texts.empty(), "{} pieces with {} scores", texts.size(),
        scores.size());
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < texts.size(); ++i) pieces.push_back({texts[i], scores[i]});
  return std::make_shared<SubwordTokenizer>(kind, std::move(pieces));
}

}  // namespace lemnos::data
