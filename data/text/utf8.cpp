// SPDX-License-Identifier: Apache-2.0
#include "data/text/utf8.h"

#include <algorithm>

#include "runtime/base/error.h"

namespace lemnos::data {
namespace {

std::size_t sequence_bytes(unsigned lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// Of the second byte, which is what excludes overlong forms, surrogates and codes too large.
bool may_follow(unsigned lead, unsigned second) {
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return second >= low && second <= high;
}

// Where the text stops being UTF-8; its size when it is valid.
std::size_t valid_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Char next = first_char(text.substr(at));
    if (next.state != Utf8State::valid) break;
    at += next.bytes;
  }
  return at;
}

}  // namespace

Utf8Char first_char(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const std::size_t size = sequence_bytes(lead);
  if (size == 0) return {};
  if (size == 1) return {lead, 1, Utf8State::valid};
  char32_t code = lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (i == text.size()) return {.bytes = i, .state = Utf8State::cut_off};
    const bool follows = i == 1 ? may_follow(lead, byte(1)) : (byte(i) & 0xC0) == 0x80;
    if (!follows) return {.bytes = i};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  return {code, size, Utf8State::valid};
}

void append_utf8(std::string& text, char32_t code) {
  const auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  add((0xF00u >> (more + 1) & 0xFF) | code >> 6 * more);  // 0xC0, 0xE0 or 0xF0
  for (int i = more; i-- > 0;) add(0x80 | (code >> 6 * i & 0x3F));
}

bool is_utf8(std::string_view text) { return valid_prefix(text) == text.size(); }

void require_utf8(std::string_view text, std::string_view name) {
  const std::size_t at = valid_prefix(text);
  if (at == text.size()) return;
  const auto line = 1 + std::ranges::count(text.substr(0, at), '\n');
  fail(
      "{}: byte {} (0x{:02x}, in line {}) is not UTF-8; convert the text (iconv -t UTF-8), or use "
      "bytes as tokens, which take anything",
      name, at, static_cast<unsigned char>(text[at]), line);
}

}  // namespace lemnos::data
