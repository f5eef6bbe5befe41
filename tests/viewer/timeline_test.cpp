// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/timeline.h"

#include <doctest/doctest.h>

#include "tests/viewer/made_profile.h"
#include "tests/viewer/ui.h"

namespace lemnos::viewer {
namespace {

using test::made_profile, test::large_profile;

TEST_CASE("timeline: a chain belongs to the family of its heaviest op") {
  CHECK(family_of("matmul+add+relu [128, 512]  a.cpp:1") == OpFamily::matmul);
  CHECK(family_of("conv_transpose2d") == OpFamily::convolution);
  CHECK(family_of("conv2d_weights") == OpFamily::convolution);
  CHECK(family_of("sum+matmul") == OpFamily::matmul);
  CHECK(family_of("cast+sub+mul") == OpFamily::pointwise);
  CHECK(family_of("relu_grad") == OpFamily::pointwise);
  CHECK(family_of("lstm_grad") == OpFamily::recurrent);
  CHECK(family_of("max_pool2d") == OpFamily::reduction);
  CHECK(family_of("maximum") == OpFamily::pointwise);
  CHECK(family_of("copy [3]") == OpFamily::movement);
  CHECK(family_of("") == OpFamily::movement);
}

TEST_CASE("timeline: each family has its row, and dispatches that overlap have lanes in it") {
  auto profile = made_profile();
  TimelineBars bars = bars_of(*profile);
  REQUIRE(bars.rows.size() == 3);
  CHECK(bars.lanes == 3);
  CHECK(bars.rows[0].family == OpFamily::matmul);
  CHECK(bars.rows[1].family == OpFamily::convolution);
  CHECK(bars.rows[1].seconds == doctest::Approx(0.7));
  CHECK(bars.bars[1].lane == bars.bars[3].lane);

  profile->dispatches[3].begin = 0.4;  // beside the other convolution
  bars = bars_of(*profile);
  CHECK(bars.lanes == 4);
  CHECK(bars.bars[1].lane == 1);
  CHECK(bars.bars[3].lane == 2);
  CHECK(bars.rows[2].first_lane == 3);
}

TEST_CASE("timeline: zooming keeps what is below the pointer, and nothing leaves the step") {
  TimeRange range{0, 1};
  range.zoom(0.5, 0.25, 1);
  CHECK(range.begin == doctest::Approx(0.125));
  CHECK(range.end == doctest::Approx(0.625));
  range.pan(-1, 1);
  CHECK(range.begin == doctest::Approx(0));
  CHECK(range.seconds() == doctest::Approx(0.5));
  range.pan(5, 1);
  CHECK(range.end == doctest::Approx(1));
  range.zoom(100, 0.5, 1);
  CHECK(range.begin == doctest::Approx(0));
  CHECK(range.end == doctest::Approx(1));
  for (int i = 0; i < 100; ++i) range.zoom(0.5, 0.3, 1);
  CHECK(range.seconds() == doctest::Approx(1e-4));
  CHECK(range.begin <= 0.3);
  CHECK(range.end >= 0.3);
}

TEST_CASE("timeline: the bar below a point is found, and narrow ones by whoever is near") {
  auto profile = made_profile();
  const TimelineBars bars = bars_of(*profile);
  TimelinePlace place{.from = {100, 50}, .width = 1000, .lane = 20, .range = {0, 1}};
  const auto at = [&](float x, float y) { return bar_at(*profile, bars, place, {x, y}); };
  CHECK(at(150, 55) == 0);  // matmul
  CHECK(!at(250, 55));
  CHECK(at(250, 75) == 1);  // convolution
  CHECK(at(1050, 75) == 3);
  CHECK(at(700, 95) == 2);  // relu
  CHECK(!at(700, 115));
  CHECK(!at(700, 20));
  CHECK(!at(50, 55));
  place.range = {0, 1000};  // a tenth of a pixel wide
  CHECK(at(101, 55) == 0);
  CHECK(!at(104, 55));
}

TEST_CASE("timeline: labelled times are 1, 2 or 5 times a power of ten") {
  CHECK(tick_seconds(1, 10) == doctest::Approx(0.1));
  CHECK(tick_seconds(1, 9) == doctest::Approx(0.2));
  CHECK(tick_seconds(3e-3, 7) == doctest::Approx(5e-4));
  CHECK(tick_seconds(7e-3, 10) == doctest::Approx(1e-3));
}

TEST_CASE("timeline: it is drawn at any size and scale, empty and full, with few vertices") {
  for (const float scale : {1.0f, 2.0f})
    for (const ImVec2 size : {ImVec2{200, 200}, {320, 900}, {1200, 240}, {1280, 800}}) {
      test::Ui ui(size);
      use_theme(Look::light, scale);
      TimelinePanel panel;
      CHECK(ui.frame([&] { panel.draw(); }) > 0);
      for (const auto& profile :
           {std::make_shared<StepProfile>(), made_profile(), large_profile(20000)}) {
        panel.set(profile);
        ui.frame([&] { panel.draw(); });
        CHECK(ui.frame([&] { panel.draw(); }) < 40000);
      }
    }
  CHECK(TimelinePanel().table().rows.empty());
}

TEST_CASE("timeline: wheel, keys, dragging and clicking zoom, pan and choose") {
  test::Ui ui({1000, 500});
  TimelinePanel panel;
  panel.set(made_profile());
  const auto frame = [&] { ui.frame([&] { panel.draw(); }); };
  const auto key = [&](char letter) {
    ui.key(letter, true);
    frame();
    ui.key(letter, false);
    frame();
  };
  frame();
  ui.mouse({600, 100});
  frame();
  ui.wheel(2);
  frame();
  ui.wheel(0);
  const double seconds = panel.range().seconds();
  CHECK(seconds == doctest::Approx(0.64));
  const double begin = panel.range().begin;
  CHECK(begin > 0);
  key('A');
  CHECK(panel.range().begin < begin);
  key('W');
  CHECK(panel.range().seconds() == doctest::Approx(0.8 * 0.64));
  key('0');
  CHECK(panel.range().seconds() == doctest::Approx(1));
  key('.');
  CHECK(panel.choice->dispatch == 0);
  key('.');
  CHECK(panel.choice->dispatch == 1);
  key(',');
  CHECK(panel.choice->dispatch == 0);

  key('W');
  const double before = panel.range().begin;
  ui.mouse({600, 100}, true);
  frame();
  ui.mouse({500, 100}, true);
  frame();
  ui.mouse({500, 100}, false);
  frame();
  CHECK(panel.range().begin > before);
  CHECK(panel.choice->dispatch == 0);  // dragging chooses nothing

  key('0');
  ui.mouse({980, 118}, true);  // in the last convolution, whose row is the second
  frame();
  ui.mouse({980, 118}, false);
  frame();
  CHECK(panel.choice->dispatch == 3);
}

TEST_CASE("timeline: the choice of an op is shared, and a new profile forgets a dispatch") {
  TimelinePanel panel;
  panel.set(made_profile());
  panel.choice->dispatch = 2;
  panel.set(made_profile());
  CHECK(!panel.choice->dispatch);
  CHECK(panel.table().rows.size() == 4);
  CHECK(panel.json().at("traceEvents").size() == 3 + 4 + 2);
}

}  // namespace
}  // namespace lemnos::viewer
