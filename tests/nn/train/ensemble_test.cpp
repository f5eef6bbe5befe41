// SPDX-License-Identifier: Apache-2.0
// How the answers of several models become one.
#include "nn/train/ensemble.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace lemnos;

namespace {

// Rows of probabilities, as logits that are off by another constant in each row.
data::Array logits_of(const std::vector<std::vector<double>>& rows) {
  std::vector<float> logits;
  for (const auto& row : rows)
    for (const double p : row)
      logits.push_back(static_cast<float>(std::log(p) + 3.0 * static_cast<double>(row[0])));
  return data::Array::of<float>({std::ssize(rows), std::ssize(rows[0])},
                                std::span<const float>(logits));
}

bool near(const data::Array& log_probabilities, const std::vector<double>& expected) {
  const auto values = log_probabilities.as<float>();
  REQUIRE(values.size() == expected.size());
  bool all = true;
  for (std::size_t i = 0; i < expected.size(); ++i)
    all = all && std::abs(std::exp(values[i]) - expected[i]) < 1e-6;
  return all;
}

}  // namespace

TEST_CASE("ensemble: probabilities are averaged, not logits") {
  const std::vector members{logits_of({{.6, .3, .1}, {.98, .01, .01}}),
                            logits_of({{.2, .5, .3}, {.01, .98, .01}}),
                            logits_of({{.1, .4, .5}, {.01, .98, .01}})};
  const data::Array mean = mean_log_probabilities(members);
  CHECK(mean.shape == Shape{2, 3});
  CHECK(near(mean, {.3, .4, .3, 1 / 3., 1.97 / 3, .01}));
}

TEST_CASE("ensemble: of one logit, which is of class 1, there are probabilities of both classes") {
  const std::vector members{data::Array::of<float>({2, 1}, {0, 200}),
                            data::Array::of<float>({2, 1}, {float(std::log(3)), -200})};
  CHECK(near(mean_log_probabilities(members), {.375, .625, .5, .5}));
}

TEST_CASE("ensemble: a class that all hold for impossible keeps a finite loss") {
  const std::vector members{data::Array::of<float>({1, 2}, {400, -400}),
                            data::Array::of<float>({1, 2}, {300, -300})};
  CHECK(mean_log_probabilities(members).as<float>()[1] == doctest::Approx(-600 - std::log(2)));
}

TEST_CASE("ensemble: most votes win, and of equally many the higher mean probability") {
  const std::vector members{
      // Class 1 has two of three votes, though the mean favours 0; a tie of three, where the mean
      // favours 2; all alike, where the first is taken as by argmax.
      logits_of({{.98, .01, .01}, {.4, .3, .3}, {.25, .25, .5}}),
      logits_of({{.4, .5, .1}, {.3, .4, .3}, {.5, .25, .25}}),
      logits_of({{.4, .5, .1}, {.1, .1, .8}, {.25, .5, .25}}),
  };
  const data::Array mean = mean_log_probabilities(members);
  const auto votes = majority_vote(members, mean);
  CHECK(votes[0] == 1);
  CHECK(mean.as<float>()[0] > mean.as<float>()[1]);
  CHECK(votes[1] == 2);
  const std::vector binary{data::Array::of<float>({2, 1}, {1, -3}),
                           data::Array::of<float>({2, 1}, {-2, 1})};
  CHECK(majority_vote(binary, mean_log_probabilities(binary)) == std::vector<std::uint32_t>{0, 0});
}
