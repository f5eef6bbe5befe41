// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/histograms.h"

#include <numeric>

#include "tests/viewer/insight_fixture.h"
#include "viewer/panels/histograms_ridges.h"
#include "viewer/panels/histograms_strip.h"

namespace lemnos::viewer::test {
namespace {

std::vector<std::uint64_t> steps_of(const LayerSeries<SpreadMoment>& series) {
  std::vector<std::uint64_t> steps;
  for (const SpreadMoment& each : series.moments) steps.push_back(each.step);
  return steps;
}

}  // namespace

TEST_CASE("layers' history: it is bounded, evenly thinned, and has the first and the newest") {
  HistogramsHistory history(4);
  const LayersLook look = some_layers(1, 1);
  for (std::uint64_t step = 0; step <= 4; ++step) history.add(step, look, {1e-3});
  CHECK(steps_of(history.weights[0]) == std::vector<std::uint64_t>{0, 2, 4});
  history.add(5, look, {1e-3});
  CHECK(steps_of(history.weights[0]) == std::vector<std::uint64_t>{0, 2, 4, 5});
  history.add(6, look, {1e-3});
  CHECK(steps_of(history.weights[0]) == std::vector<std::uint64_t>{0, 2, 4, 6});
  for (std::uint64_t step = 7; step <= 100; ++step) {
    history.add(step, look, {1e-3});
    const auto steps = steps_of(history.weights[0]);
    CHECK(steps.size() <= 6);
    CHECK(steps.front() == 0);
    CHECK(steps.back() == step);
    // But for the newest they are at one distance.
    for (std::size_t i = 2; i + 1 < steps.size(); ++i)
      CHECK(steps[i] - steps[i - 1] == steps[1] - steps[0]);
  }
  CHECK(history.updates[0].moments.size() == history.weights[0].moments.size());
  CHECK(history.activations[0].moments.size() == history.weights[0].moments.size());
  history.clear();
  CHECK(history.weights.empty());
}

TEST_CASE("layers' strips: the range is of all moments, a ratio's place is logarithmic") {
  HistogramsHistory history;
  history.add(1, some_layers(1, 1));
  history.add(2, some_layers(1, 3));
  const StripRange range = range_of(history.weights[0]);
  CHECK(range.any);
  CHECK(range.low == doctest::Approx(-3).epsilon(0.01));
  CHECK(range.high == doctest::Approx(3).epsilon(0.01));
  CHECK(!range_of({}).any);
  CHECK(ratio_place(1e-3) == doctest::Approx(0.5));
  CHECK(ratio_place(1e-9) == 0);
  CHECK(ratio_place(7) == 1);
  CHECK(std::isnan(ratio_place(std::numeric_limits<double>::infinity())));
}

TEST_CASE("layers' ridges: a step each, over the range of all, each as high as the others") {
  HistogramsHistory history;
  history.add(1, some_layers(1, 1));
  history.add(5, some_layers(1, 3));
  const auto ridges = ridges_of(history.weights[0], 90, 40);
  REQUIRE(ridges.size() == 2);
  CHECK(ridges[0].step == 1);
  CHECK(ridges[1].step == 5);
  for (const Ridge& ridge : ridges) {
    REQUIRE(ridge.heights.size() == 90);
    CHECK(*std::ranges::max_element(ridge.heights) == 1);
    CHECK(*std::ranges::min_element(ridge.heights) >= 0);
  }
  // A third as wide: nothing outside the middle third, and much in it.
  const std::vector<float>& narrow = ridges[0].heights;
  const auto sum = [](auto from, auto to) { return std::accumulate(from, to, 0.0); };
  CHECK(sum(narrow.begin(), narrow.begin() + 29) == 0);
  CHECK(sum(narrow.begin() + 61, narrow.end()) == 0);
  CHECK(sum(narrow.begin() + 29, narrow.begin() + 61) > 5);
  CHECK(ridges[1].heights.front() > 0.2);
}

TEST_CASE("layers' ridges: bins keep their area where the places are finer or coarser") {
  LayerSeries<SpreadMoment> series{"w", "", {{1, {}}}};
  Histogram& histogram = series.moments[0].values.histogram;
  histogram = {.low = 0, .high = 64, .counts = std::vector<std::uint32_t>(64, 1)};
  histogram.counts[3] = 4;
  for (const std::size_t places : {16u, 64u, 256u}) {
    const auto ridges = ridges_of(series, places, 2);
    REQUIRE(ridges.size() == 1);
    const double peak = places < 64 ? 7.0 / 4 : 4;  // four bins to a place, else one
    CHECK(ridges[0].heights[places * 7 / 128] == 1);
    CHECK(ridges[0].heights.back() == doctest::Approx(1 / peak));
  }
}

TEST_CASE("layers' ridges: of many steps some, with the first and the newest, and none of NaNs") {
  HistogramsHistory history;
  for (std::uint64_t step = 1; step <= 100; ++step) history.add(step, some_layers(1, 1));
  const auto some = ridges_of(history.weights[0], 32, 7);
  REQUIRE(some.size() == 7);
  CHECK(some.front().step == 1);
  CHECK(some.back().step == 100);
  CHECK(std::ranges::is_sorted(some, std::less_equal(), &Ridge::step));
  history.weights[0].moments.push_back({101, {}});
  CHECK(ridges_of(history.weights[0], 32, 7).back().step == 100);
  CHECK(ridges_of({}, 32, 7).empty());
}

TEST_CASE("layers panel: strips and ridges are changed by a click") {
  HistogramsPanel panel;
  for (std::uint64_t step = 1; step < 30; ++step) panel.history.add(step, some_layers(5, 1));
  Ui ui({1000, 700});
  const int strips = ui.frame([&] { panel.draw(); });
  for (float x = 360; x < 600 && !panel.ridges; x += 20) click(ui, panel, {x, 22});
  REQUIRE(panel.ridges);
  CHECK(panel.shown == Spread::weights);
  CHECK(ui.frame([&] { panel.draw(); }) != strips);
}

TEST_CASE("layers panel: it draws empty and full at all sizes, with what is not finite") {
  HistogramsPanel panel;
  CHECK(draw_everywhere(panel) > 0);
  LayersLook broken = some_layers(12, 1);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  broken.parameters[0].gradients = statistics_of(std::vector<float>{nan, nan}, 2, nan);
  panel.history.add(1, broken, {});
  for (std::uint64_t step = 2; step < 30; ++step)
    panel.history.add(step, some_layers(12, 0.1 * static_cast<double>(step)),
                      std::vector<double>(12, step == 9 ? HUGE_VAL : 1e-3));
  for (const Spread shown :
       {Spread::weights, Spread::gradients, Spread::activations, Spread::updates}) {
    panel.shown = shown;
    CHECK(draw_everywhere(panel) > 100);
  }
  panel.ridges = true;
  for (const Spread shown : {Spread::weights, Spread::gradients, Spread::activations}) {
    panel.shown = shown;
    CHECK(draw_everywhere(panel) > 100);
  }
  CHECK(panel.table().rows.size() == 12 * (3 * 29 + 28));
  CHECK(panel.json()["Weights"].size() == 12);
  CHECK(panel.json()["Updates"]["layers.0.weight"].size() == 28);
}

TEST_CASE("layers panel: a click chooses a layer, the arrow keys go on from there") {
  HistogramsPanel panel;
  panel.history.add(1, some_layers(5, 1));
  Ui ui({1000, 700});
  for (int i = 0; i < 2; ++i) ui.frame([&] { panel.draw(); });
  click(ui, panel, {60, 150});
  const std::size_t clicked = panel.selected;
  CHECK(clicked > 0);
  press(ui, panel, ImGuiKey_DownArrow);
  CHECK(panel.selected == clicked + 1);
  press(ui, panel, ImGuiKey_UpArrow);
  press(ui, panel, ImGuiKey_UpArrow);
  CHECK(panel.selected == clicked - 1);
}

}  // namespace lemnos::viewer::test
