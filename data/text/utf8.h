// SPDX-License-Identifier: Apache-2.0
// UTF-8, strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF.
//
// Source: The Unicode Standard 15.0, section 3.9, table 3-7 (well-formed byte sequences) and
// "U+FFFD substitution of maximal subparts".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lemnos::data {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";  // U+FFFD

enum class Utf8State {
  valid,
  invalid,  // these bytes begin no character, whatever follows
  cut_off,  // the text ends within a character
};

struct Utf8Char {
  char32_t code = 0xFFFD;
  std::size_t bytes = 1;  // of the character; else of the bad part that one U+FFFD stands for
  Utf8State state = Utf8State::invalid;
};

// The character at the start of the text, which must not be empty.
Utf8Char first_char(std::string_view text);

void append_utf8(std::string& text, char32_t code);

// Fails where the text is not UTF-8, naming it, the byte and its line.
void require_utf8(std::string_view text, std::string_view name);
bool is_utf8(std::string_view text);

}  // namespace lemnos::data
