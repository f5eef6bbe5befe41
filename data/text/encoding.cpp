// SPDX-License-Identifier: Apache-2.0
#include "data/text/encoding.h"

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/base/philox.h"
#include "runtime/base/progress.h"

namespace lemnos::data {
namespace {

// The tokens of a row, cut to its length; says whether they were.
bool fill_row(std::span<Token> row, std::vector<Token> tokens, const RowRule& rule,
              std::int32_t& length) {
  if (tokens.empty()) tokens.push_back(token::unknown);
  const std::size_t room = row.size() - (rule.begin ? 1 : 0) - (rule.end ? 1 : 0);
  const bool truncated = tokens.size() > room;
  if (truncated) tokens.resize(room);
  if (rule.begin) tokens.insert(tokens.begin(), token::begin);
  if (rule.end) tokens.push_back(token::end);
  std::ranges::copy(tokens, row.begin());  // what is left is 0, which is padding
  length = static_cast<std::int32_t>(tokens.size());
  return truncated;
}

// The number of places a window can begin at.
std::int64_t places(std::int64_t tokens, std::int64_t length) {
  if (length < 1) fail_usage("a window has at least 1 token, not {}", length);
  if (tokens <= length)
    fail("the text has {} tokens, but a window of {} takes {}: give more text, or --length less",
         tokens, length, length + 1);
  check(tokens <= 0xFFFFFFFF, "the text has {} tokens; 2^32-1 can be used", tokens);
  return tokens - length;
}

}  // namespace

Rows encode_rows(const Tokenizer& tokenizer, std::span<const std::string> texts,
                 const RowRule& rule) {
  const std::int64_t least = 1 + (rule.begin ? 1 : 0) + (rule.end ? 1 : 0);
  if (rule.length < least)
    fail_usage("a row of {} ids has no room for a token: it takes {}", rule.length, least);
  check(!texts.empty(), "there are no texts to encode");
  const auto rows = static_cast<std::int64_t>(texts.size());
  const auto width = static_cast<std::size_t>(rule.length);
  Rows result{Array::zeros(DType::i32, Shape{rows, rule.length}),
              Array::zeros(DType::i32, Shape{rows})};
  const auto ids = result.ids.as<Token>();
  const auto lengths = result.lengths.as<std::int32_t>();
  Progress progress("encoding texts", texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    result.truncated +=
        fill_row(ids.subspan(i * width, width), tokenizer.encode(texts[i]), rule, lengths[i]);
    progress.advance();
  }
  return result;
}

Array encode_stream(const Tokenizer& tokenizer, std::span<const std::string> texts) {
  check(!texts.empty(), "there are no texts to encode");
  Progress progress("encoding texts", texts.size());
  std::vector<Token> stream;
  for (const std::string& text : texts) {
    const auto ids = tokenizer.encode(text);
    stream.insert(stream.end(), ids.begin(), ids.end());
    stream.push_back(token::end);
    progress.advance();
  }
  return Array::of<Token>(Shape{static_cast<std::int64_t>(stream.size())}, stream);
}

std::vector<std::uint32_t> sequential_windows(std::int64_t tokens, std::int64_t length) {
  const std::int64_t last = places(tokens, length) - 1;
  std::vector<std::uint32_t> starts;
  for (std::int64_t start = 0; start <= last; start += length)
    starts.push_back(static_cast<std::uint32_t>(start));
  return starts;
}

std::vector<std::uint32_t> random_windows(std::int64_t tokens, std::int64_t length,
                                          std::int64_t count, std::uint64_t seed,
                                          std::uint64_t epoch) {
  constexpr std::uint32_t stream = 0xFFFFFFFE;
  if (count < 1) fail_usage("the number of windows must be at least 1, not {}", count);
  const auto n = static_cast<std::uint64_t>(places(tokens, length));
  std::vector<std::uint32_t> starts(static_cast<std::size_t>(count));
  for (std::size_t k = 0; k < starts.size(); ++k)
    starts[k] = static_cast<std::uint32_t>(philox_word(seed, stream, epoch, k) * n >> 32);
  return starts;
}

Array cut_windows(const Array& stream, std::span<const std::uint32_t> starts, std::int64_t length) {
  const auto ids = stream.as<Token>();
  const std::int64_t room = places(static_cast<std::int64_t>(ids.size()), length);
  check(!starts.empty(), "there are no windows to cut");
  const auto width = static_cast<std::size_t>(length) + 1;
  Array windows =
      Array::zeros(DType::i32, Shape{static_cast<std::int64_t>(starts.size()), length + 1});
  auto to = windows.as<Token>().begin();
  for (const std::uint32_t start : starts) {
    check(start < room, "no window of {} begins at {}: there are {} tokens", length, start,
          ids.size());
    to = std::ranges::copy(ids.subspan(start, width), to).out;
  }
  return windows;
}

}  // namespace lemnos::data
