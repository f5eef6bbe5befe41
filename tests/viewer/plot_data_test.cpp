// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "viewer/plot/pyramid.h"
#include "viewer/plot/series.h"
#include "viewer/plot/smooth.h"

namespace lemnos::viewer {
namespace {

const double nan = std::nan("");

// Noise with gaps, infinities and negative values.
std::vector<double> noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(size);
  for (double& value : values) {
    value = normal(random);
    if (random() % 9 == 0) value = random() % 2 == 0 ? nan : INFINITY;
  }
  return values;
}

Pyramid pyramid_of(const std::vector<double>& values) {
  Pyramid pyramid;
  for (const double value : values) pyramid.append(value);
  return pyramid;
}

Extremes by_hand(const std::vector<double>& values, std::size_t first, std::size_t last) {
  Extremes all;
  for (std::size_t i = first; i < last; ++i) all.add(values[i]);
  return all;
}

bool same(const Extremes& a, const Extremes& b) {
  return a.low == b.low && a.high == b.high && a.positive == b.positive;
}

Series line_of(std::size_t size) {
  Series series;
  for (std::size_t i = 0; i < size; ++i) {
    const auto at = static_cast<double>(i);
    series.append({.step = 10 * i, .epoch = at / 100, .seconds = at / 2}, at);
  }
  return series;
}

// So that NaN equals NaN.
bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

TEST_CASE("plot: the pyramid has the extremes of any part, as one by one, gaps left out") {
  for (const std::size_t size : {0u, 1u, 15u, 16u, 17u, 128u, 1000u, 5000u}) {
    const std::vector<double> values = noise(size, 7);
    const Pyramid pyramid = pyramid_of(values);
    std::mt19937 random(1);
    for (int turn = 0; turn < 500; ++turn) {
      const std::size_t first = random() % (size + 1), last = first + random() % (size + 1 - first);
      CAPTURE(first);
      CAPTURE(last);
      REQUIRE(same(pyramid.range(first, last), by_hand(values, first, last)));
    }
  }
}

TEST_CASE("plot: a spike of one point is found in every part that holds it, and in no other") {
  std::vector<double> values(100'000, 0.5);
  values[54'321] = 99;
  const Pyramid pyramid = pyramid_of(values);
  CHECK(pyramid.range(0, values.size()).high == 99);
  CHECK(pyramid.range(54'321, 54'322).high == 99);
  CHECK(pyramid.range(0, 54'321).high == 0.5);
  CHECK(pyramid.range(54'322, values.size()).high == 0.5);
}

TEST_CASE("plot: a pyramid that was cut and grew again is one that was built at once") {
  std::vector<double> values = noise(5000, 3);
  Pyramid pyramid = pyramid_of(values);
  const std::vector<double> more = noise(4000, 4);
  for (const std::size_t kept : {4999u, 4096u, 1234u, 16u, 15u, 0u}) {
    pyramid.cut(kept);
    values.resize(kept);
    for (const double value : more) {
      pyramid.append(value);
      values.push_back(value);
    }
    CHECK(pyramid.size() == values.size());
    CHECK(same(pyramid.range(0, values.size()), by_hand(values, 0, values.size())));
    CHECK(same(pyramid.range(3, kept + 2000), by_hand(values, 3, kept + 2000)));
  }
}

TEST_CASE("plot: the average is the closed formula: weighted by s^k, divided by their sum") {
  const std::vector<double> values = noise(300, 11);
  Series series;
  Smoothed smoothed;
  const double s = 0.9;
  for (std::size_t i = 0; i < values.size(); ++i) {
    series.append({.step = i}, values[i]);
    const Pyramid& got = smoothed.of(series, s);  // a point at a time
    if (!std::isfinite(values[i])) {
      CHECK(std::isnan(got[i]));
      continue;
    }
    double sum = 0, weights = 0, weight = 1;
    for (std::size_t k = i + 1; k-- > 0;) {
      if (!std::isfinite(values[k])) continue;  // gaps do not count
      sum += weight * values[k];
      weights += weight;
      weight *= s;
    }
    REQUIRE(got[i] == doctest::Approx(sum / weights).epsilon(1e-12));
  }
  Smoothed at_once;
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK(same_bits(at_once.of(series, s)[i], smoothed.of(series, s)[i]));
}

TEST_CASE("plot: without smoothing the average is the curve, another slider or a cut begins anew") {
  Series series = line_of(100);
  Smoothed smoothed;
  CHECK(smoothed.of(series, 0)[99] == 99);
  CHECK(smoothed.of(series, 0.5)[99] == doctest::Approx(98));
  series.cut_after(500);
  CHECK(smoothed.of(series, 0.5).size() == 51);
  series.append({.step = 510}, 1000);
  CHECK(smoothed.of(series, 0.5)[51] == doctest::Approx((49 + 1000) / 2.0));
}

TEST_CASE("plot: the nearest point, by step, epoch and seconds") {
  const Series series = line_of(1000);
  CHECK(series.nearest(XKind::step, 4994.0) == 499);
  CHECK(series.nearest(XKind::step, 4996.0) == 500);
  CHECK(series.nearest(XKind::epoch, 2.501) == 250);
  CHECK(series.nearest(XKind::seconds, 10.2) == 20);
  CHECK(series.nearest(XKind::step, -5) == 0);
  CHECK(series.nearest(XKind::step, 1e9) == 999);
  CHECK_FALSE(Series().nearest(XKind::step, 0).has_value());
}

TEST_CASE("plot: the first point at or after an x, from any start before it") {
  const Series series = line_of(777);
  for (std::size_t from = 0; from < 40; ++from) {
    CHECK(series.lower(XKind::step, 391, from) == 40);
    CHECK(series.lower(XKind::step, 400, from) == 40);
    CHECK(series.lower(XKind::step, 1e9, from) == 777);
    CHECK(series.lower(XKind::step, -1, from) == from);
  }
  CHECK(Series().lower(XKind::step, 3) == 0);
}

TEST_CASE("plot: x never falls, whatever a run says, and only finite values are points") {
  Series series;
  series.append({.step = 5, .epoch = 0.5, .seconds = 9}, 1);
  series.append({.step = 4, .epoch = nan, .seconds = 2}, INFINITY);
  CHECK(series.x(XKind::step, 1) == 5);
  CHECK(series.x(XKind::epoch, 1) == 0.5);
  CHECK(series.x(XKind::seconds, 1) == 9);
  CHECK(std::isnan(series.y(1)));
}

TEST_CASE("plot: a series that was cut has another identity, one that grew has not") {
  Series series = line_of(10);
  const auto identity = series.identity();
  series.append({.step = 1000}, 3);
  series.cut_after(1000);  // nothing is later
  CHECK(series.identity() == identity);
  series.cut_after(50);
  CHECK(series.size() == 6);
  CHECK(series.identity() != identity);
}

}  // namespace
}  // namespace lemnos::viewer
