// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "viewer/plot/axis.h"
#include "viewer/plot/ticks.h"

namespace lemnos::viewer {
namespace {

std::vector<std::string> labels(const Axis& axis, int most, Unit unit = Unit::number) {
  std::vector<std::string> all;
  for (const Tick& tick : ticks(axis, most, unit)) {
    if (!tick.label.empty()) all.push_back(tick.label);
  }
  return all;
}
using Labels = std::vector<std::string>;

TEST_CASE("plot: ticks of linear axes are 1, 2 or 5 times a power of ten apart") {
  CHECK(labels({0, 1}, 6) == Labels{"0", "0.2", "0.4", "0.6", "0.8", "1"});
  CHECK(labels({0, 10'000}, 6) == Labels{"0", "2k", "4k", "6k", "8k", "10k"});
  CHECK(labels({0, 10'000}, 5) == Labels{"0", "5k", "10k"});
  CHECK(labels({-1, 1}, 5) == Labels{"-1", "-0.5", "0", "0.5", "1"});
  CHECK(labels({900, 2100}, 4) == Labels{"1k", "1.5k", "2k"});
  CHECK(labels({0, 3e-5}, 4) == Labels{"0", "1e-5", "2e-5", "3e-5"});
  CHECK(labels({1.2345e6, 1.2346e6}, 3) == Labels{"1.2345M", "1.23455M", "1.2346M"});
  CHECK(labels({-2.5e9, 2.5e9}, 3) == Labels{"-2G", "0", "2G"});
}

TEST_CASE("plot: ticks of logarithmic axes are decades, with minor ones between them") {
  CHECK(labels({0.001, 10, true}, 6) == Labels{"0.001", "0.01", "0.1", "1", "10"});
  CHECK(labels({1e-8, 1e4, true}, 5) == Labels{"1e-6", "0.001", "1", "1k"});
  const std::vector<Tick> all = ticks({1, 100, true}, 5);
  CHECK(all.size() == 19);  // 1 2 ... 10 20 ... 100
  CHECK(all[1].value == doctest::Approx(2));
  CHECK(all[1].label.empty());
  CHECK(labels({2, 7, true}, 6) == Labels{"2", "3", "4", "5", "6", "7"});  // within a decade
  CHECK(labels({0.5, 9, true}, 5).size() >= 2);  // 1 alone would be too little
}

TEST_CASE("plot: a logarithmic axis of a few decades has two labels at least, however low it is") {
  CHECK(labels({0.05, 5, true}, 2) == Labels{"0.1", "1"});
  CHECK(labels({0.2, 5, true}, 3) == Labels{"0.3", "1", "3"});
  CHECK(labels({0.2, 5, true}, 2).size() == 2);
  CHECK(labels({0.05, 60, true}, 2).size() == 2);  // three decades, of which one is even
  for (double width = 10; width < 1e6; width *= 1.17)
    for (double low = 1e-5; low < 1e5; low *= 1.31)
      for (const int most : {3, 4, 5, 8}) {
        CAPTURE(low);
        CAPTURE(width);
        CAPTURE(most);
        REQUIRE(labels({low, low * width, true}, most).size() >= 2);
      }
}

TEST_CASE("plot: ticks of seconds are as on a clock") {
  CHECK(labels({0, 60}, 5, Unit::seconds) == Labels{"0:00", "0:15", "0:30", "0:45", "1:00"});
  CHECK(labels({0, 3}, 4, Unit::seconds) == Labels{"0:00", "0:01", "0:02", "0:03"});
  CHECK(labels({0, 0.4}, 5, Unit::seconds) == Labels{"0", "0.1", "0.2", "0.3", "0.4"});
  CHECK(short_time(3723) == "1:02:03");
  CHECK(short_time(100'000) == "1d 3h");
  CHECK(short_time(-0.2) == "0:00");
}

TEST_CASE("plot: whatever an axis shows, ticks are inside, rise, differ, and are not too many") {
  int seen = 0;
  for (const double middle : {0.0, 1.0, -3.7, 12'345.678, 9.9e9, -1e-7, 1e200}) {
    for (double width = 1e-9; width < 1e12; width *= 3.7) {
      for (const int most : {1, 2, 3, 5, 9, 20}) {
        for (const bool log : {false, true}) {
          Axis axis{middle - width / 2, middle + width / 2, log};
          if (log) axis.low = std::abs(middle) + 1e-9, axis.high = axis.low * (1 + width);
          if (!(axis.low < axis.high) || !std::isfinite(axis.high)) continue;
          CAPTURE(axis.low);
          CAPTURE(axis.high);
          CAPTURE(most);
          const std::vector<Tick> all = ticks(axis, most);
          std::set<std::string> different;
          double before = -INFINITY;
          int labelled = 0;
          for (const Tick& tick : all) {
            REQUIRE(tick.value > before);
            REQUIRE(axis.place(tick.value) >= -1e-6);
            REQUIRE(axis.place(tick.value) <= 1 + 1e-6);
            before = tick.value;
            if (tick.label.empty()) continue;
            ++labelled;
            different.insert(tick.label);
          }
          REQUIRE(labelled <= most);
          REQUIRE(static_cast<int>(different.size()) == labelled);
          ++seen;
        }
      }
    }
  }
  CHECK(seen > 1000);
}

TEST_CASE("plot: numbers are short, and rounded before the letter is chosen") {
  CHECK(short_number(0) == "0");
  CHECK(short_number(0.25) == "0.25");
  CHECK(short_number(-2.34567) == "-2.346");
  CHECK(short_number(999.96) == "1k");
  CHECK(short_number(12'345) == "12.35k");
  CHECK(short_number(0.000015) == "1.5e-5");
  CHECK(short_number(2.5e-310) == "2.5e-310");
  CHECK(short_number(1e300) == "1e300");
  CHECK(short_number(std::nan("")) == "NaN");
  CHECK(short_number(-INFINITY) == "-inf");
}

TEST_CASE("plot: place and value are each other's inverse, linear and logarithmic") {
  for (const Axis axis : {Axis{-3, 7}, Axis{0.01, 1000, true}, Axis{5, 6, true}}) {
    for (const double place : {-0.5, 0.0, 0.25, 1.0, 1.5})
      CHECK(axis.place(axis.value(place)) == doctest::Approx(place));
    CHECK(axis.place(axis.low) == 0);
    CHECK(axis.place(axis.high) == doctest::Approx(1));
  }
  CHECK(Axis{0.01, 1, true}.place(0) < -1e6);
  CHECK(Axis{0.01, 1, true}.place(-3) < -1e6);
}

TEST_CASE("plot: zooming keeps what is at the pointer there, and back again is as before") {
  for (Axis axis : {Axis{-3, 7}, Axis{0.01, 1000, true}}) {
    const Axis before = axis;
    const double fixed = axis.value(0.3);
    axis.zoom(0.5, 0.3);
    CHECK(axis.place(fixed) == doctest::Approx(0.3));
    axis.zoom(2, 0.3);
    CHECK(axis.low == doctest::Approx(before.low));
    CHECK(axis.high == doctest::Approx(before.high));
    axis.pan(0.25);
    CHECK(axis.low == doctest::Approx(before.value(0.25)));
    axis.pan(-0.25);
    axis.show(0.75, 0.25);  // a box drawn from right to left
    CHECK(axis.low == doctest::Approx(before.value(0.25)));
    CHECK(axis.high == doctest::Approx(before.value(0.75)));
  }
}

TEST_CASE("plot: an axis stays one, however far it is zoomed or panned") {
  for (const bool log : {false, true}) {
    for (const double factor : {0.1, 10.0}) {
      Axis axis{3, 4, log};
      for (int i = 0; i < 2000; ++i) {
        axis.zoom(factor, 0.37);
        axis.pan(0.4);
        REQUIRE(axis.low < axis.high);
        REQUIRE(std::isfinite(axis.low));
        REQUIRE(std::isfinite(axis.high));
        if (log) REQUIRE(axis.low > 0);
      }
    }
  }
  Axis axis;
  axis.show(NAN, INFINITY);
  CHECK(axis == Axis{});
}

TEST_CASE("plot: an axis fits what there is to see") {
  Axis axis;
  axis.fit({.low = 2, .high = 4, .positive = 2}, 0.05);
  CHECK(axis.low == doctest::Approx(1.9));
  CHECK(axis.high == doctest::Approx(4.1));
  axis.fit({.low = 3, .high = 3, .positive = 3}, 0.05);  // one value
  CHECK(axis.low < 3);
  CHECK(axis.high > 3);
  axis.fit({}, 0.05);  // none
  CHECK(axis.low < axis.high);

  Axis log{1, 10, true};
  log.fit({.low = -1, .high = 100, .positive = 0.01}, 0);
  CHECK(log.low == doctest::Approx(0.01));
  CHECK(log.high == doctest::Approx(100));
  log.fit({.low = -2, .high = -1}, 0.05);  // nothing that it can show
  CHECK(log.low > 0);
  CHECK(log.low < log.high);
}

}  // namespace
}  // namespace lemnos::viewer
