// SPDX-License-Identifier: Apache-2.0
#include "nn/text/sampling.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "runtime/base/error.h"

namespace lemnos {
namespace {

// Of four tokens: 4/10, 3/10, 2/10, 1/10.
const std::array<float, 4> logits{std::log(2.0f), std::log(4.0f), std::log(1.0f), std::log(3.0f)};

std::array<int, 4> counts(const Sampling& sampling, int draws = 4000) {
  std::array<int, 4> found{};
  for (int i = 0; i < draws; ++i)
    ++found[static_cast<std::size_t>(draw_token(logits, sampling, static_cast<std::uint64_t>(i)))];
  return found;
}

}  // namespace

TEST_CASE("sampling: tokens come as often as their probabilities say, by seed and position") {
  const auto found = counts({});
  CHECK(found[0] == doctest::Approx(800).epsilon(0.1));
  CHECK(found[1] == doctest::Approx(1600).epsilon(0.1));
  CHECK(found[2] == doctest::Approx(400).epsilon(0.15));
  CHECK(found[3] == doctest::Approx(1200).epsilon(0.1));
  CHECK(counts({}) == found);
  CHECK(counts({.seed = 1}) != found);
}

TEST_CASE("sampling: temperature 0 takes the most likely, a low one nearly always") {
  CHECK(counts({.temperature = 0})[1] == 4000);
  const auto cold = counts({.temperature = 0.5});  // squares: 16, 9, 4, 1 of 30
  CHECK(cold[1] == doctest::Approx(4000 * 16 / 30).epsilon(0.1));
}

TEST_CASE("sampling: top-k and top-p keep the fewest of the most likely") {
  const auto two = counts({.top_k = 2});
  CHECK(two[1] == doctest::Approx(4000 * 4 / 7).epsilon(0.1));
  CHECK(two[1] + two[3] == 4000);
  const auto nucleus = counts({.top_p = 0.65});  // 4 + 3 of 10 reach it
  CHECK(nucleus[1] + nucleus[3] == 4000);
  CHECK(nucleus[3] > 0);
  CHECK(counts({.top_k = 1}) == counts({.top_p = 0.1}));
  CHECK(counts({.top_k = 99}) == counts({}));  // more than there are
}

TEST_CASE("sampling: equal logits go to the lower token, and -inf is never drawn") {
  const std::array<float, 3> tied{0, 1, 1};
  CHECK(draw_token(tied, {.temperature = 0}, 0) == 1);
  const float never = -std::numeric_limits<float>::infinity();
  const std::array<float, 3> masked{never, 0, never};
  for (std::uint64_t i = 0; i < 100; ++i) CHECK(draw_token(masked, {}, i) == 1);
}

TEST_CASE("sampling: nonsense is refused, naming the flag or the cause") {
  CHECK_THROWS_WITH_AS(draw_token(logits, {.temperature = -1}, 0),
                       doctest::Contains("--temperature"), Error);
  CHECK_THROWS_WITH_AS(draw_token(logits, {.top_k = -1}, 0), doctest::Contains("--top-k"), Error);
  CHECK_THROWS_WITH_AS(draw_token(logits, {.top_p = 0}, 0), doctest::Contains("--top-p"), Error);
  const std::array<float, 2> broken{0, std::nanf("")};
  CHECK_THROWS_WITH_AS(draw_token(broken, {}, 0), doctest::Contains("not a number"), Error);
}

}  // namespace lemnos
