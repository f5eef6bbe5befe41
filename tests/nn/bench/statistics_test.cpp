// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/statistics.h"

#include <doctest/doctest.h>

#include <vector>

#include "runtime/base/error.h"
#include "tests/nn/bench/sample.h"

namespace lemnos::bench {
namespace {

using Values = std::vector<double>;

TEST_CASE("bench statistics: percentiles are NumPy's") {
  // numpy.percentile(v, p), NumPy 1.24.2
  const Values v{3.5, 1.25, 9.0, 4.0, 2.0, 7.75, 6.5};
  const std::pair<double, double> odd[] = {{0, 1.25},   {5, 1.475},  {25, 2.75}, {50, 4.0},
                                           {75, 7.125}, {95, 8.625}, {100, 9.0}};
  for (const auto& [p, value] : odd) CHECK(percentile(v, p) == doctest::Approx(value));
  const Values w{3.5, 1.25, 9.0, 4.0, 2.0, 7.75, 6.5, 100.0};
  const std::pair<double, double> even[] = {{0, 1.25},    {5, 1.5125}, {25, 3.125}, {50, 5.25},
                                            {75, 8.0625}, {95, 68.15}, {100, 100.0}};
  for (const auto& [p, value] : even) CHECK(percentile(w, p) == doctest::Approx(value));
}

TEST_CASE("bench statistics: no values, one value, and a percentile that is none") {
  CHECK(median({}) == 0);
  CHECK(median(Values{7}) == 7);
  CHECK(percentile(Values{7}, 95) == 7);
  CHECK(variation({}) == 0);
  CHECK(variation(Values{7}) == 0);
  CHECK(drift(Values{1, 2, 3, 4, 5}) == 0);
  CHECK_THROWS_AS(percentile(Values{7}, 101), Error);
}

TEST_CASE("bench statistics: the variation is the spread of the middle half") {
  // (numpy.percentile(v, 75) - numpy.percentile(v, 25)) / 1.349 / numpy.median(v), NumPy 1.24.2
  const Values v{10.1, 10.4, 9.8, 10.0, 10.2, 9.9, 10.3, 10.05, 9.95, 10.15, 10.6, 9.7};
  CHECK(variation(v) == doctest::Approx(0.021153432282344953));
  const Values normal = drawn_times(5, 0.02, 11, 4000, 0);
  CHECK(variation(normal) == doctest::Approx(0.02).epsilon(0.05));
}

TEST_CASE("bench statistics: one outlier does not make times unstable") {
  Values times = drawn_times(5, 0.01, 3);
  times[10] = 500;
  const Stability found = Stability::of(times);
  CHECK(found.variation < 0.02);
  CHECK(found.verdict == Verdict::stable);
}

TEST_CASE("bench statistics: times that scatter are not stable, those that grow are throttling") {
  CHECK(Stability::of(drawn_times(5, 0.01, 3)).verdict == Verdict::stable);
  CHECK(Stability::of(drawn_times(5, 0.08, 3, 30, 0)).verdict == Verdict::not_stable);
  Values growing = drawn_times(5, 0.005, 3);
  for (std::size_t i = 0; i < growing.size(); ++i)
    growing[i] *= 1 + 0.1 * static_cast<double>(i) / static_cast<double>(growing.size());
  const Stability found = Stability::of(growing);
  CHECK(found.drift == doctest::Approx(0.065).epsilon(0.15));
  CHECK(found.verdict == Verdict::throttling);
  CHECK(name_of(found.verdict) == "throttling");
}

TEST_CASE("bench statistics: times that fall, as while warming up, are not throttling") {
  Values falling = drawn_times(5, 0.005, 3);
  for (std::size_t i = 0; i < 10; ++i) falling[i] *= 1.2;
  CHECK(Stability::of(falling).verdict == Verdict::not_stable);
}

TEST_CASE("bench statistics: the bootstrap's interval is NumPy's, within its own noise") {
  const Values a{10.1, 10.4, 9.8, 10.0, 10.2, 9.9, 10.3, 10.05, 9.95, 10.15, 10.6, 9.7};
  const Values b{11.9, 12.3, 12.0, 12.1, 11.8, 12.4, 12.2, 12.05, 11.95, 12.15};
  // rng = numpy.random.default_rng(1); 1,000,000 resamples of each:
  // r = median(b[rng.integers(0, 10, (1000000, 10))], 1) / median(a[rng.integers(0, 12, ...)], 1)
  // numpy.percentile(r, [0.5, 99.5]), and [2.5, 97.5]
  const Interval wide = ratio_of_medians(a, b);
  CHECK(wide.low == doctest::Approx(1.16504854).epsilon(0.002));
  CHECK(wide.high == doctest::Approx(1.23).epsilon(0.002));
  const Interval narrow = ratio_of_medians(a, b, 0.95);
  CHECK(narrow.low == doctest::Approx(1.17444717).epsilon(0.002));
  CHECK(narrow.high == doctest::Approx(1.22194514).epsilon(0.002));
}

TEST_CASE("bench statistics: a resample of two values has a median between them") {
  // 1, 2 and 3 with probabilities 1/4, 1/2 and 1/4: the middle 40 % are all 2.
  const Interval middle = ratio_of_medians(Values{1}, Values{1, 3}, 0.4);
  CHECK(middle.low == 2);
  CHECK(middle.high == 2);
  const Interval all = ratio_of_medians(Values{1}, Values{1, 3}, 0.9);
  CHECK(all.low == 1);
  CHECK(all.high == 3);
}

TEST_CASE(
    "bench statistics: the bootstrap gives the same interval each time, and none of nothing") {
  const Values a = drawn_times(1, 0.02, 1), b = drawn_times(1.2, 0.02, 2);
  const Interval once = ratio_of_medians(a, b), again = ratio_of_medians(a, b);
  CHECK(once.low == again.low);
  CHECK(once.high == again.high);
  CHECK(once.contains(1.2));
  CHECK_FALSE(once.contains(1));
  CHECK_THROWS_AS(ratio_of_medians({}, b), Error);
  CHECK_THROWS_AS(ratio_of_medians(Values{0, 0, 0}, b), Error);
}

TEST_CASE("bench statistics: the interval of independent draws has the ratio as often as it says") {
  int inside = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    inside += ratio_of_medians(drawn_times(1, 0.05, 2 * seed, 20, 0),
                               drawn_times(1.1, 0.05, 2 * seed + 1, 20, 0), 0.9)
                  .contains(1.1);
  CHECK(inside >= 170);  // 180 expected, with a deviation of 4.2
  CHECK(inside <= 197);
}

}  // namespace
}  // namespace lemnos::bench
