// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/samples.h"

#include <doctest/doctest.h>

#include "tests/viewer/ui.h"

namespace lemnos::viewer {
namespace {

PicturePtr gray(float value) {
  return picture_of(data::Array::of<float>({1, 2, 2, 1}, {value, value, value, value}));
}

std::vector<std::uint64_t> steps_of(const PictureHistory& history) {
  std::vector<std::uint64_t> steps;
  for (const auto& entry : history.entries()) steps.push_back(entry.step);
  return steps;
}

}  // namespace

TEST_CASE("picture history: a long run stays spread over all its steps") {
  PictureHistory history(16);
  for (std::uint64_t step = 0; step <= 1000; step += 5) history.add(step, gray(0));
  const auto steps = steps_of(history);
  CHECK(steps.size() <= 16);
  CHECK(steps.size() >= 8);
  CHECK(steps.front() == 0);
  CHECK(steps.back() == 1000);
  std::uint64_t widest = 0;
  for (std::size_t i = 1; i < steps.size(); ++i) widest = std::max(widest, steps[i] - steps[i - 1]);
  CHECK(widest <= 260);
}

TEST_CASE("picture history: after a run was rolled back, what came later is forgotten") {
  PictureHistory history;
  for (const std::uint64_t step : {0u, 10u, 20u, 30u}) history.add(step, gray(0));
  history.add(20, gray(1));
  CHECK(steps_of(history) == std::vector<std::uint64_t>{0, 10, 20});
  CHECK(history.entries().back().picture->at(0, 0, 0, 0) == 1);
}

TEST_CASE("samples: the newest image is shown until an earlier step is chosen") {
  SamplesPanel panel;
  CHECK(panel.shown() == nullptr);
  for (const std::uint64_t step : {10u, 20u, 30u})
    panel.add("samples", step, gray(static_cast<float>(step) / 100), 1);
  CHECK(panel.shown_step() == 30);
  panel.choose(0);
  panel.add("samples", 40, gray(0.4f), 1);
  CHECK(panel.shown_step() == 10);
  panel.choose(3);  // the last: newer ones are followed again
  panel.add("samples", 50, gray(0.5f), 1);
  CHECK(panel.shown_step() == 50);
}

TEST_CASE("samples: the scrubber spans all steps, the newest at its right end") {
  SamplesPanel panel;
  for (const std::uint64_t step : {10u, 20u, 30u}) panel.add("samples", step, gray(0.5f), 1);
  test::Ui ui({800, 400});
  const auto click = [&](ImVec2 at) {
    for (const bool down : {false, true, false}) {
      ui.mouse(at, down);
      ui.frame([&] { panel.draw(); });
    }
    return panel.shown_step();
  };
  // As wide as the window but for 150 units and its padding.
  const float left = 12, right = 800 - 12 - 150, y = 400 - 12 - 13;
  ui.frame([&] { panel.draw(); });
  CHECK(click({left + 12, y}) == 10);
  CHECK(click({(left + right) / 2, y}) == 20);
  CHECK(click({right - 12, y}) == 30);
  panel.add("samples", 40, gray(0.4f), 1);
  CHECK(panel.shown_step() == 40);
}

TEST_CASE("samples: A is kept while what is shown goes on, and flip changes between both") {
  SamplesPanel panel;
  panel.flip();  // nothing is marked yet
  panel.add("samples", 10, gray(0.1f), 1);
  panel.mark();
  panel.add("samples", 20, gray(0.2f), 1);
  CHECK(panel.shown_step() == 20);
  panel.flip();
  CHECK(panel.shown_step() == 10);
  CHECK(panel.shown()->at(0, 0, 0, 0) == doctest::Approx(0.1));
  panel.flip();
  CHECK(panel.shown_step() == 20);
}

TEST_CASE("samples: the panel is drawn empty and full, at small and large sizes") {
  SamplesPanel empty, full;
  full.add("samples", 10, gray(0.1f), 1);
  full.add("reconstructions", 10, gray(0.1f), 1);
  full.note = "copied through the host";
  for (const ImVec2 size : {ImVec2{200, 160}, ImVec2{1600, 1200}}) {
    test::draw_once(size, [&] { empty.draw(); });
    CHECK(test::draw_once(size, [&] { full.draw(); }) > 0);
  }
  CHECK(full.table().rows.size() == 2);
  CHECK(full.json()["kinds"]["samples"][0] == 10);
}

}  // namespace lemnos::viewer
