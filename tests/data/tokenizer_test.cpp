// SPDX-License-Identifier: Apache-2.0
#include "data/text/tokenizer.h"

#include <nlohmann/json.hpp>

#include "data/text/utf8.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

using Ids = std::vector<Token>;

// SentencePiece wants a thousand bytes; these have them, the sentences come again and again.
std::vector<std::string> repeated(std::vector<std::string> texts) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; bytes < 1000; ++i) {
    bytes += texts[i].size();
    texts.push_back(texts[i]);
  }
  return texts;
}

const std::vector<std::string> chinese{"道可道，非常道。名可名，非常名。",
                                       "天地不仁，以萬物為芻狗。",
                                       "上善若水。水善利萬物而不爭，處眾人之所惡，故幾於道。"};
const std::vector<std::string> english =
    repeated({"The cat sat on the mat.", "The dog sat on the log, and the cat saw the dog.",
              "A cat and a dog sat.\n\tThe mat was on the log."});

TokenizerPtr fit(TokenKind kind, std::int64_t vocabulary, std::span<const std::string> texts) {
  return fit_tokenizer({.kind = kind, .vocabulary = vocabulary}, texts);
}

TokenizerPtr words(std::span<const std::string> texts, std::int64_t vocabulary = 10000) {
  return fit(TokenKind::words, vocabulary, texts);
}

// One of each kind, on the same texts.
std::vector<TokenizerPtr> every_kind(std::span<const std::string> texts,
                                     std::int64_t subwords = 285) {
  return {fit(TokenKind::bytes, 0, texts), fit(TokenKind::characters, 1000, texts), words(texts),
          fit(TokenKind::bpe, subwords, texts), fit(TokenKind::unigram, subwords, texts)};
}

std::string streamed(const TokenizerPtr& tokenizer, std::span<const Token> ids) {
  StreamDecoder decoder(tokenizer);
  std::string text;
  for (const Token id : ids) {
    const std::string more = decoder.push(id);
    CHECK(is_utf8(more));
    text += more;
  }
  return text + decoder.finish();
}

}  // namespace

TEST_CASE("utf8: every code point survives, and what Unicode forbids is refused") {
  for (char32_t code = 0; code <= 0x10FFFF; code += code < 0x3000 ? 1 : 97) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, code);
    const Utf8Char back = first_char(text);
    REQUIRE(back.code == code);
    REQUIRE(back.bytes == text.size());
    REQUIRE(back.state == Utf8State::valid);
  }
  for (const std::string bad : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                                "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5", "\xFF", "\xE4\xBD"})
    CHECK_MESSAGE(!is_utf8("ok" + bad), bad);
  CHECK(first_char("\xE4\xBD").state == Utf8State::cut_off);
  CHECK(first_char("\xE4\xBDx").state == Utf8State::invalid);
  CHECK(first_char("\xE4\xBDx").bytes == 2);  // the maximal bad part
}

TEST_CASE("utf8: a bad byte is an error that names the text, the byte and its line") {
  CHECK_FAILS(require_utf8("one\ntwo\nth\xE9", "latin1.txt"),
              "latin1.txt: byte 10 (0xe9, in line 3) is not UTF-8");
  for (const auto& tokenizer : every_kind(english)) {
    CAPTURE(name_of(tokenizer->kind()));
    if (tokenizer->kind() == TokenKind::bytes)
      CHECK(tokenizer->decode(tokenizer->encode("a\xFFz")) == "a\xFFz");
    else
      CHECK_FAILS(tokenizer->encode("a\xFFz"), "byte 1 (0xff, in line 1) is not UTF-8");
  }
  const std::vector<std::string> bad{"fine", "not \xFF fine"};
  CHECK_FAILS(words(bad), "byte 4 (0xff, in line 1) is not UTF-8");
}

TEST_CASE("tokens: the special ids are the same five in every kind, and decode to nothing") {
  for (const auto& tokenizer : every_kind(english)) {
    CAPTURE(name_of(tokenizer->kind()));
    for (const auto& [id, name] :
         {std::pair(token::padding, "<padding>"), std::pair(token::unknown, "<unknown>"),
          std::pair(token::begin, "<begin>"), std::pair(token::end, "<end>"),
          std::pair(token::mask, "<mask>")})
      CHECK(tokenizer->name(id) == name);
    CHECK(tokenizer->decode(Ids{token::begin, token::mask, token::end, token::padding}) == "");
    CHECK(tokenizer->decode(Ids{token::unknown}) == replacement_character);
    for (const Token id : tokenizer->encode("The cat <mask> sat\t<0x41> <unknown>"))
      CHECK((id >= token::first || id == token::unknown));
    CHECK(tokenizer->encode("").empty());
    CHECK_FAILS(tokenizer->name(static_cast<Token>(tokenizer->vocabulary())), "there is no token");
    CHECK_FAILS(tokenizer->decode(Ids{-1}), "there is no token -1");
  }
}

TEST_CASE("bytes: an id is a byte behind the special ids, and any bytes come back") {
  const auto tokenizer = fit_tokenizer({}, {});
  CHECK(tokenizer->vocabulary() == 261);
  CHECK(tokenizer->encode("A\xFF") == Ids{5 + 65, 5 + 255});
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(tokenizer->decode(tokenizer->encode(all)) == all);
}

TEST_CASE("tokens: Chinese and odd text round-trip in bytes, characters and subwords") {
  const std::string odd = "  two  spaces\n\n\ttab 你好 🌋 <mask> <0x41> e\xCC\x81 end ";
  std::vector<std::string> texts = repeated(chinese);
  texts.push_back(odd);
  for (const auto& tokenizer : every_kind(texts, 312)) {
    if (tokenizer->kind() == TokenKind::words) continue;
    CAPTURE(name_of(tokenizer->kind()));
    for (const std::string& text : texts) {
      CHECK(tokenizer->decode(tokenizer->encode(text)) == text);
      CHECK(streamed(tokenizer, tokenizer->encode(text)) == text);
    }
  }
  // Characters never seen in training come back too: as bytes.
  for (const TokenKind kind : {TokenKind::bpe, TokenKind::unigram}) {
    const auto tokenizer = fit(kind, 285, english);
    for (const std::string& text : texts) CHECK(tokenizer->decode(tokenizer->encode(text)) == text);
    CHECK(tokenizer->decode(tokenizer->encode(std::string("a\0b", 3))) == std::string("a\0b", 3));
  }
}

TEST_CASE("words: runs of letters and digits, small, most frequent first, ties in byte order") {
  const std::vector<std::string> texts{"b a b, c! Don't - x_1 don't; rock'n'roll 'quoted'"};
  const auto tokenizer = words(texts);
  std::vector<std::string> names;
  for (Token id = token::first; id < tokenizer->vocabulary(); ++id)
    names.push_back(tokenizer->name(id));
  CHECK(names == std::vector<std::string>{"b", "don't", "a", "c", "quoted", "rock'n'roll", "x_1"});
  CHECK(tokenizer->encode("A stranger, DON'T") == Ids{7, token::unknown, 6});
  CHECK(tokenizer->decode(Ids{2, 7, 1, 6, 3}) == "a \xEF\xBF\xBD don't");
}

TEST_CASE("words: the vocabulary is cut at k ids, special ones included, and k may be too large") {
  const std::vector<std::string> texts{"c c c b b a"};
  const auto cut = words(texts, token::first + 2);
  CHECK(cut->vocabulary() == 7);
  CHECK(cut->encode("a b c") == Ids{token::unknown, 6, 5});
  CHECK(words(texts, 1000)->vocabulary() == 8);
  CHECK_FAILS(words(texts, 5), "a vocabulary holds more than the 5 special ids, not 5");
  CHECK_FAILS(words(std::vector<std::string>{"", " ... "}), "there are no words in the 2 texts");
  CHECK_FAILS(words({}), "there are no words in the 0 texts");
}

TEST_CASE("words: capitals of Latin, Greek and Cyrillic become small, or stay if asked") {
  const std::vector<std::string> texts{"ÄÖÜ Šž Ÿ ΑΘΗΝΑ Ώ МОСКВА Ёж İ ß"};
  const auto tokenizer = words(texts);
  CHECK(tokenizer->decode(tokenizer->encode(texts[0])) == "äöü šž ÿ αθηνα ώ москва ёж İ ß");
  const auto kept = fit_tokenizer({.kind = TokenKind::words, .lower = false}, texts);
  CHECK(kept->decode(kept->encode(texts[0])) == texts[0]);
}

TEST_CASE("words: stop words of a file are left out, whatever their case") {
  ScratchFolder folder;
  os::write_file(folder / "stop.txt", std::string_view("# English\nThe\n\non\r\ndon't\n"));
  TokenizerOptions options{.kind = TokenKind::words};
  options.stop_words = read_stop_words(folder / "stop.txt");
  CHECK(options.stop_words == std::vector<std::string>{"The", "on", "don't"});
  const auto tokenizer = fit_tokenizer(options, english);
  CHECK(tokenizer->decode(tokenizer->encode("The cat on THE mat, don't")) == "cat mat");

  const auto refuse = [&](std::string_view text, const std::string& message) {
    os::write_file(folder / "bad.txt", text);
    CHECK_FAILS(read_stop_words(folder / "bad.txt"), (folder / "bad.txt").string() + message);
  };
  refuse("a\nof the\n", ": line 2 holds 2 words");
  refuse("a\n!\n", ": line 2 holds 0 words");
  refuse("# nothing\n", ": there is no word");
  refuse("caf\xE9\n", ": byte 3 (0xe9, in line 1) is not UTF-8");
  CHECK_FAILS(read_stop_words(folder / "none.txt"), "cannot read");
}

TEST_CASE("subwords: training gives the vocabulary asked for, the same every time") {
  for (const TokenKind kind : {TokenKind::bpe, TokenKind::unigram}) {
    CAPTURE(name_of(kind));
    const auto tokenizer = fit(kind, 285, english);
    CHECK(tokenizer->vocabulary() == 285);
    CHECK(tokenizer->to_json() == fit(kind, 285, english)->to_json());
    CHECK(tokenizer->name(token::first + 'A') == "A");  // the bytes come first
    CHECK(tokenizer->encode("\n") == Ids{token::first + '\n'});
    CHECK(tokenizer->encode("The cat").size() < 7);  // pieces are longer than characters
  }
}

TEST_CASE("subwords: a vocabulary too large or too small for the text says what is possible") {
  for (const TokenKind kind : {TokenKind::bpe, TokenKind::unigram}) {
    const std::string name(name_of(kind));
    const std::vector<std::string> tiny{std::string(1000, 'a') + " b"};
    CHECK_FAILS(fit(kind, 5000, english), name + ": these texts yield");
    CHECK_FAILS(fit(kind, 5000, english), "ids at most, special ones and bytes included, not 5000");
    CHECK_FAILS(fit(kind, 262, tiny), name + ": a vocabulary of 262 ids is too small: these texts");
    CHECK_FAILS(fit(kind, 261, tiny), name + ": a vocabulary has from 262 to 1048576 ids, not 261");
    CHECK_FAILS(fit(kind, 300, {}), name + ": 0 bytes of text are too few to learn pieces from");
    // On its own this text would make SentencePiece end the process.
    const std::vector<std::string> few{std::string(38, 'a') + "\n\t" + std::string(2000, '\t')};
    CHECK_FAILS(fit(kind, 300, few), "38 bytes of text are too few to learn pieces from; it takes");
  }
}

TEST_CASE("stream: no half character ever comes out, and a cut one ends as U+FFFD") {
  const auto bytes = fit_tokenizer({}, {});
  StreamDecoder decoder(bytes);
  const Ids volcano = bytes->encode("🌋");
  for (std::size_t i = 0; i < 3; ++i) CHECK(decoder.push(volcano[i]) == "");
  CHECK(decoder.push(volcano[3]) == "🌋");
  CHECK(decoder.push(volcano[0]) == "");
  CHECK(decoder.push(token::end) == "");
  CHECK(decoder.finish() == replacement_character);
  CHECK(decoder.finish() == "");
  CHECK(streamed(bytes, bytes->encode("a\xFF\xE4\xBDz\xC3")) ==
        "a\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD");
  const auto some = words(english);
  CHECK(streamed(some, some->encode("the dog sat")) == "the dog sat");
}

TEST_CASE("tokens: a tokenizer comes back from its JSON as it was") {
  TokenizerOptions options{.kind = TokenKind::words, .lower = false};
  options.stop_words = {"on"};
  auto all = every_kind(english);
  all.push_back(fit_tokenizer(options, english));
  for (const auto& tokenizer : all) {
    CAPTURE(name_of(tokenizer->kind()));
    const auto back = tokenizer_from_json(nlohmann::json::parse(tokenizer->to_json().dump()));
    CHECK(back->kind() == tokenizer->kind());
    CHECK(back->vocabulary() == tokenizer->vocabulary());
    CHECK(back->to_json() == tokenizer->to_json());
    for (const auto& texts : {english, chinese})
      for (const std::string& text : texts) CHECK(back->encode(text) == tokenizer->encode(text));
  }
}

TEST_CASE("tokens: damaged JSON is an error that says so, whatever the damage") {
  const auto damaged = [](std::string_view text) {
    CAPTURE(text);
    CHECK_FAILS(tokenizer_from_json(nlohmann::json::parse(text)),
                "the stored tokenizer is damaged: ");
  };
  for (const char* text :
       {"[]", "{}", R"({"kind": "letters"})", R"({"kind": "words"})",
        R"({"kind": "words", "lower": true, "stop_words": [], "vocabulary": []})",
        R"({"kind": "words", "lower": true, "stop_words": [], "vocabulary": ["a", "a"]})",
        R"({"kind": "characters", "vocabulary": [""]})", R"({"kind": "characters"})",
        R"({"kind": "bpe", "pieces": ["a"], "scores": []})",
        R"({"kind": "bpe", "pieces": [], "scores": []})",
        R"({"kind": "bpe", "pieces": ["a", "a"], "scores": [0, 1]})",
        R"({"kind": "bpe", "pieces": ["a", ""], "scores": [0, 1]})",
        R"({"kind": "bpe", "pieces": ["a\u0000"], "scores": [0]})",
        R"({"kind": "bpe", "pieces": ["<end>"], "scores": [0]})",
        R"({"kind": "bpe", "pieces": ["<0x41>"], "scores": [0]})",
        R"({"kind": "unigram", "pieces": ["a"], "scores": [1e99]})",
        R"({"kind": "unigram", "pieces": ["a"], "scores": ["b"]})"})
    damaged(text);
  CHECK_FAILS(token_kind("letters"), "there are no tokens 'letters'; known are bytes, characters");
}

TEST_CASE("tokens: mutated JSON is read or refused, and what is read can be used") {
  for (const auto& tokenizer : every_kind(english)) {
    const std::string text = tokenizer->to_json().dump();
    const auto bytes = std::as_bytes(std::span(text));
    survives_mutations(
        {bytes.begin(), bytes.end()},
        [](std::span<const std::byte> mutated, std::string_view name) {
          const auto json = nlohmann::json::parse(
              reinterpret_cast<const char*>(mutated.data()),
              reinterpret_cast<const char*>(mutated.data() + mutated.size()), nullptr, false);
          check(!json.is_discarded(), "{} is no JSON", name);
          TokenizerPtr read;
          try {
            read = tokenizer_from_json(json);
          } catch (const Error& error) {
            fail("{}: {}", name, error.what());
          }
          read->decode(read->encode("The cat 你好 sat"));
        },
        [](auto&) {}, 300);
  }
}

}  // namespace lemnos::data
