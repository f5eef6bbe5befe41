// SPDX-License-Identifier: Apache-2.0
#include "data/text/encoding.h"

#include <set>

#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

using Ids = std::vector<Token>;
using Starts = std::vector<std::uint32_t>;

const auto bytes = fit_tokenizer({}, {});

Token id(char letter) { return token::first + letter; }

}  // namespace

TEST_CASE("rows: texts become padded rows, with their lengths beside them") {
  const std::vector<std::string> texts{"ab", "abcde", "abc"};
  const Rows plain = encode_rows(*bytes, texts, {.length = 3});
  CHECK(holds<Token>(plain.ids, Shape{3, 3},
                     {id('a'), id('b'), 0, id('a'), id('b'), id('c'), id('a'), id('b'), id('c')}));
  CHECK(holds<std::int32_t>(plain.lengths, Shape{3}, {2, 3, 3}));
  CHECK(plain.truncated == 1);

  const Rows both = encode_rows(*bytes, texts, {.length = 5, .begin = true, .end = true});
  CHECK(holds<Token>(both.ids, Shape{3, 5},
                     {2, id('a'), id('b'), 3, 0,        //
                      2, id('a'), id('b'), id('c'), 3,  // cut, and it still ends
                      2, id('a'), id('b'), id('c'), 3}));
  CHECK(holds<std::int32_t>(both.lengths, Shape{3}, {4, 5, 5}));
  CHECK(both.truncated == 1);
}

TEST_CASE("rows: a text without tokens is one unknown token, never all padding") {
  const Rows rows = encode_rows(*bytes, std::vector<std::string>{"", "a"}, {.length = 2});
  CHECK(holds<Token>(rows.ids, Shape{2, 2}, {token::unknown, 0, id('a'), 0}));
  CHECK(holds<std::int32_t>(rows.lengths, Shape{2}, {1, 1}));
  CHECK(rows.truncated == 0);
}

TEST_CASE("rows: no texts, and rows without room for a token, are errors") {
  const std::vector<std::string> text{"a"};
  CHECK_FAILS(encode_rows(*bytes, {}, {}), "there are no texts to encode");
  CHECK_FAILS(encode_rows(*bytes, text, {.length = 0}), "a row of 0 ids has no room");
  CHECK_FAILS(encode_rows(*bytes, text, {.length = 2, .begin = true, .end = true}),
              "a row of 2 ids has no room for a token: it takes 3");
}

TEST_CASE("stream: texts follow each other, each with an end") {
  const Array stream = encode_stream(*bytes, std::vector<std::string>{"ab", "", "c"});
  CHECK(holds<Token>(stream, Shape{6}, {id('a'), id('b'), 3, 3, id('c'), 3}));
  CHECK_FAILS(encode_stream(*bytes, {}), "there are no texts to encode");
}

TEST_CASE("windows: sequential ones make every id a target once, but for a short rest") {
  CHECK(sequential_windows(10, 3) == Starts{0, 3, 6});
  CHECK(sequential_windows(9, 3) == Starts{0, 3});  // the last two ids fill no window
  CHECK(sequential_windows(4, 3) == Starts{0});
  const Array stream = Array::of<Token>(Shape{10}, {10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
  CHECK(holds<Token>(cut_windows(stream, Starts{6, 0}, 3), Shape{2, 4},
                     {16, 17, 18, 19, 10, 11, 12, 13}));
}

TEST_CASE("windows: random ones begin anywhere that has room, and are a function of the epoch") {
  const Starts starts = random_windows(10, 3, 200, 7, 1);
  CHECK(std::set(starts.begin(), starts.end()) == std::set<std::uint32_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(starts == random_windows(10, 3, 200, 7, 1));
  CHECK(starts != random_windows(10, 3, 200, 7, 2));
  CHECK(starts != random_windows(10, 3, 200, 8, 1));
}

TEST_CASE("windows: a text shorter than a window, and a start without room, are errors") {
  const Array stream = Array::of<Token>(Shape{4}, {1, 2, 3, 4});
  CHECK_FAILS(sequential_windows(4, 4), "the text has 4 tokens, but a window of 4 takes 5");
  CHECK_FAILS(random_windows(4, 4, 1, 0, 0), "the text has 4 tokens, but a window of 4 takes 5");
  CHECK_FAILS(cut_windows(stream, Starts{0}, 4), "the text has 4 tokens");
  CHECK_FAILS(cut_windows(stream, Starts{2}, 2), "no window of 2 begins at 2: there are 4 tokens");
  CHECK_FAILS(cut_windows(stream, {}, 2), "there are no windows to cut");
  CHECK_FAILS(sequential_windows(4, 0), "a window has at least 1 token, not 0");
  CHECK_FAILS(random_windows(4, 2, 0, 0, 0), "the number of windows must be at least 1, not 0");
}

}  // namespace lemnos::data
