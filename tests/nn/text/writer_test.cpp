// SPDX-License-Identifier: Apache-2.0
#include "nn/text/writer.h"

#include <doctest/doctest.h>

#include "nn/init.h"
#include "nn/models/seq2seq.h"
#include "nn/models/token_transformer.h"
#include "runtime/base/error.h"
#include "runtime/doctor/session.h"
#include "tests/skip.h"

namespace lemnos {
namespace {

using data::Token;

// With random weights: every token depends on all those before it.
TokenNetwork small_gpt(const nn::Gpt& model) {
  return {.logits = [&](const Tensor& ids) { return model(ids); },
          .next = [&](const Tensor& ids, const Tensor& place,
                      std::span<const Tensor> caches) { return model.next(ids, place, caches); },
          .make_caches = [&](std::int64_t texts) { return model.make_caches(texts); },
          .vocabulary = model.config.vocabulary,
          .length = model.config.length};
}

}  // namespace

TEST_CASE("writer: with kept keys and values the text is the same, token for token") {
  if (!test::have_device()) return;
  seed(3);
  const nn::Gpt model(
      {.vocabulary = 40, .length = 12, .width = 16, .heads = 2, .layers = 2, .head = "tokens"});
  const TokenNetwork network = small_gpt(model);
  Writer cached(network, true), plain(network, false);
  const std::vector<Token> prompt{7, 8, 9};
  // 30 tokens: the 12 that it sees are full several times over.
  const auto expected = plain.write(prompt, 30, {.seed = 5});
  std::vector<Token> told;
  CHECK(cached.write(prompt, 30, {.seed = 5}, [&](Token t) { told.push_back(t); }) == expected);
  CHECK(told == expected);
  CHECK(expected.size() >= 20);
  CHECK(cached.write(prompt, 30, {.seed = 5}) == expected);  // the caches begin anew
  CHECK(cached.write({}, 10, {.seed = 5}) == plain.write({}, 10, {.seed = 5}));
  const std::vector<Token> longer(50, Token{11});
  CHECK(cached.write(longer, 4, {.seed = 6}) == plain.write(longer, 4, {.seed = 6}));
  for (const Token token : expected) CHECK(token >= data::token::first);
}

TEST_CASE("writer: a text is rewritten to its end, or as long as one may be") {
  if (!test::have_device()) return;
  seed(4);
  for (const char* cell : {"lstm", "transformer"}) {
    const nn::Seq2Seq model({.vocabulary = 20, .length = 6, .cell = cell, .width = 8, .heads = 2});
    const SequenceNetwork network{
        .logits = [&](const Tensor& read, const Tensor& written) { return model(read, written); },
        .vocabulary = 20,
        .length = 6};
    const std::vector<Token> read{5, 6, 7, data::token::end};
    const auto once = rewritten(network, read);
    CHECK(once.size() <= 6);
    CHECK(rewritten(network, read) == once);
  }
}

}  // namespace lemnos
