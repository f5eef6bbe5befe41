// SPDX-License-Identifier: Apache-2.0
// Texts as arrays of ids: padded rows, or one stream cut into windows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/array.h"
#include "data/text/tokenizer.h"

namespace lemnos::data {

// One row for each text: [begin] tokens [end] padding...
struct RowRule {
  std::int64_t length = 128;  // of every row, the begin and the end included
  bool begin = false;
  bool end = false;
};

struct Rows {
  Array ids;                   // i32 [N, length]; padding only behind a row's length
  Array lengths;               // i32 [N]: ids before the padding, begin and end counted; at least 1
  std::int64_t truncated = 0;  // texts that were too long: their first tokens are kept, and the end
};

// A text without any token (all of it stop words, say) has the one token `unknown`, so that no row
// is all padding. Fails without texts, and when a row has no room for a token.
Rows encode_rows(const Tokenizer& tokenizer, std::span<const std::string> texts,
                 const RowRule& rule);

// For language models: all texts one after the other, each followed by `end`: i32 [T].
//
// Bits per byte of a split = mean bits per token * T / bytes of its texts.
Array encode_stream(const Tokenizer& tokenizer, std::span<const std::string> texts);

// A window is `length` inputs and, one further, `length` targets: length + 1 ids of a stream.
// Sequential windows begin at 0, length, 2 length, ... and so share one id with the next: every id
// but the first is a target once, except up to length - 1 at the end, which fill no window. They
// are rows like any others: shuffled, batched. Random ones begin anywhere that has room: draw k of
// `count` is word k of Philox stream 2^32-2 at step = epoch, scaled by multiply-shift (loader.h).
//
// All fail when the stream is shorter than a window.
std::vector<std::uint32_t> sequential_windows(std::int64_t tokens, std::int64_t length);
std::vector<std::uint32_t> random_windows(std::int64_t tokens, std::int64_t length,
                                          std::int64_t count, std::uint64_t seed,
                                          std::uint64_t epoch);

// The windows that begin there: i32 [N, length + 1].
Array cut_windows(const Array& stream, std::span<const std::uint32_t> starts, std::int64_t length);

}  // namespace lemnos::data
