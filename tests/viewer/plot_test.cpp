// SPDX-License-Identifier: Apache-2.0
#include "viewer/plot/plot.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/os.h"
#include "tests/viewer/ui.h"
#include "viewer/plot/paint.h"

namespace lemnos::viewer {
namespace {

// Falls, with noise, a gap and a spike.
Series noisy(std::size_t size) {
  Series series;
  std::uint32_t random = 1;
  for (std::size_t i = 0; i < size; ++i) {
    random = random * 1664525 + 1013904223;
    const double at = static_cast<double>(i);
    double value = 0.1 + std::exp(-3 * at / static_cast<double>(size)) +
                   static_cast<double>(random >> 8) / (1 << 24) / 5;
    if (i == size / 3) value = 40;
    if (i == size / 2) value = NAN;
    series.append({.step = i, .epoch = at / 100, .seconds = at / 50}, value);
  }
  return series;
}

Plot plot_of(const Series& series) {
  Plot plot;
  plot.title = "loss";
  plot.curves = {{"run train", &series, theme().series[0], false}};
  return plot;
}

Frame frame_of(const Axis& x, const Axis& y) {
  return {.x = x, .y = y, .left = 100, .top = 50, .width = 400, .height = 200};
}

TEST_CASE("plot: a trace of many points keeps every extreme, in at most a stroke a column") {
  const Series series = noisy(50'000);
  for (const Axis& x : {Axis{0, 49'999}, Axis{7000, 33'333}, Axis{16'600, 17'400}}) {
    const Frame frame = frame_of(x, {0, 50});
    const Trace got = trace(series, series.values(), XKind::step, frame);
    CHECK(got.columns);
    CHECK(got.strokes.size() <= 400);
    const auto first = series.lower(XKind::step, x.low), last = series.lower(XKind::step, x.high);
    const Extremes all = series.values().range(first, last);
    float upper = 1e9f, lower = -1e9f;
    for (const Stroke& stroke : got.strokes) {
      upper = std::min(upper, stroke.upper);
      lower = std::max(lower, stroke.lower);
      CHECK(stroke.x >= 100);
      CHECK(stroke.x <= 500);
    }
    CHECK(upper == frame.at_y(all.high));
    CHECK(lower == frame.at_y(all.low));
  }
}

TEST_CASE("plot: a trace of few points has them all, ends beyond the edges, and breaks at gaps") {
  const Series series = noisy(100);  // a gap at 50
  const Trace all = trace(series, series.values(), XKind::step, frame_of({0, 99}, {0, 50}));
  CHECK_FALSE(all.columns);
  CHECK(all.strokes.size() == 99);
  CHECK(std::ranges::count_if(all.strokes, [](const Stroke& s) { return s.starts; }) == 2);
  const Trace part = trace(series, series.values(), XKind::step, frame_of({9.5, 19.5}, {0, 50}));
  CHECK(part.strokes.size() == 12);  // 9 to 20
  CHECK(part.strokes.front().x < 100);
  CHECK(part.strokes.back().x > 500);
}

TEST_CASE("plot: columns whose points are all gaps part a trace") {
  Series series;
  for (std::uint64_t i = 0; i < 10'000; ++i)
    series.append({.step = i}, i > 4000 && i < 6000 ? NAN : 1.0);
  const Trace got = trace(series, series.values(), XKind::step, frame_of({0, 9999}, {0, 2}));
  CHECK(got.columns);
  CHECK(std::ranges::count_if(got.strokes, [](const Stroke& s) { return s.starts; }) == 2);
}

// Of all triangles drawn, each as far as it is opaque.
double painted(const ImDrawList& list) {
  double sum = 0;
  for (int i = 0; i + 2 < list.IdxBuffer.Size; i += 3) {
    const auto corner = [&](int k) { return list.VtxBuffer[list.IdxBuffer[i + k]]; };
    const ImDrawVert a = corner(0), b = corner(1), c = corner(2);
    const double area = std::abs((b.pos.x - a.pos.x) * (c.pos.y - a.pos.y) -
                                 (c.pos.x - a.pos.x) * (b.pos.y - a.pos.y)) /
                        2;
    const auto opaque = [](const ImDrawVert& v) { return (v.col >> IM_COL32_A_SHIFT) / 255.0; };
    sum += area * (opaque(a) + opaque(b) + opaque(c)) / 3;
  }
  return sum;
}

TEST_CASE("plot: a curve that goes up and down steeply is painted as thick as a flat one") {
  double flat = 0;  // painted, for each pixel of length
  for (const float height : {0.0f, 3.0f, 40.0f, 300.0f}) {
    Trace zigzag;
    double length = 0;
    for (int i = 0; i < 60; ++i) {
      const float y = 400 + (i % 2 == 0 ? height : -height) / 2;
      zigzag.strokes.push_back({50 + 3 * static_cast<float>(i), y, y, i == 0});
      if (i > 0) length += std::hypot(3.0, static_cast<double>(height));
    }
    test::Ui ui;
    double got = 0;
    ui.frame([&] {
      ImDrawList& list = *ImGui::GetForegroundDrawList();
      paint(list, zigzag, IM_COL32_WHITE, 2, Dash::solid);
      got = painted(list);
    });
    CAPTURE(height);
    if (height == 0) flat = got / length;
    CHECK(got / length == doctest::Approx(flat).epsilon(0.15));
  }
}

TEST_CASE("plot: the fit leaves out a spike where outliers are ignored, and only then") {
  const Series series = noisy(5000);
  const Axis x{0, 5000};
  CHECK(visible_extremes(series, series.values(), XKind::step, x, false).high == 40);
  const Extremes inner = visible_extremes(series, series.values(), XKind::step, x, true);
  CHECK(inner.high < 1.4);
  CHECK(inner.low > 0.1);
  CHECK_FALSE(inner.empty());
}

TEST_CASE("plot: drawn at many sizes, empty and full, linear and log, and the grid stays inside") {
  const Series series = noisy(3000), few = noisy(7), none;
  for (const ImVec2 size : {ImVec2{60, 40}, {200, 150}, {640, 360}, {2560, 1400}}) {
    for (const float scale : {1.0f, 2.0f}) {
      test::Ui ui(size);
      use_theme(Look::light, scale);
      Plot plot = plot_of(series);
      plot.curves.push_back({"run test", &few, theme().series[0], true});
      plot.curves.push_back({"none", &none, theme().series[1], false});
      plot.markers = {{{.step = 5}, "checkpoint", theme().muted}};
      Crosshair crosshair;
      Plot empty;
      for (int i = 0; i < 8; ++i) {
        plot.log_y = i % 2 == 1;
        plot.smoothing = i % 3 * 0.45;
        plot.kind = static_cast<XKind>(i % 3);
        ui.mouse({size.x * 0.6f, size.y * 0.4f});
        CHECK(ui.frame([&] {
          plot.draw("plot", ImGui::GetContentRegionAvail(), crosshair);
          empty.draw("empty", ImGui::GetContentRegionAvail(), crosshair);
        }) > 0);
      }
    }
  }
}

// A plot of 640 x 400 under the pointer, drawn a few times.
struct Driven {
  Driven() : series(noisy(3000)), plot(plot_of(series)) { step(3); }
  void step(int frames = 1) {
    for (int i = 0; i < frames; ++i) {
      ui.frame([&] { plot.draw("plot", {640, 400}, crosshair); });
      ui.wheel(0);
    }
  }
  ImVec2 at(float x, float y) const {
    const Frame& f = plot.frame();
    return {f.left + x * f.width, f.top + y * f.height};
  }
  void press(int key) {
    ui.key(key, true);
    step();
    ui.key(key, false);
    step();
  }

  test::Ui ui;
  Series series;
  Plot plot;
  Crosshair crosshair;
};

TEST_CASE("plot: wheel zooms at the pointer, double click shows all again") {
  Driven d;
  const Frame all = d.plot.frame();
  d.ui.mouse(d.at(0.25f, 0.5f));
  d.step(2);
  const double below = d.crosshair.x;
  CHECK(below == doctest::Approx(all.x.value(0.25)).epsilon(0.01));
  d.ui.wheel(3);
  d.step(2);
  CHECK_FALSE(d.plot.fitted());
  CHECK(d.plot.frame().x.high - d.plot.frame().x.low < 0.7 * 2999);
  CHECK(d.plot.frame().x.place(below) == doctest::Approx(0.25).epsilon(0.02));
  for (const bool down : {true, false, true, false}) {
    d.ui.mouse(d.at(0.25f, 0.5f), down);
    d.step();
  }
  CHECK(d.plot.fitted());
  d.step();
  CHECK(d.plot.frame().x == all.x);
}

TEST_CASE("plot: a drag pans, with the right button it zooms into the box") {
  Driven d;
  const Frame all = d.plot.frame();
  d.ui.mouse(d.at(0.5f, 0.5f));
  d.step(2);
  d.ui.mouse(d.at(0.5f, 0.5f), true);
  d.step();
  for (const float x : {0.55f, 0.6f, 0.75f}) {
    d.ui.mouse({all.left + x * all.width, all.top + 0.5f * all.height}, true);
    d.step();
  }
  d.ui.mouse(d.at(0.75f, 0.5f));
  d.step(2);
  CHECK(d.plot.frame().x.low < -100);  // what was on the left comes into sight
  CHECK(d.plot.frame().x.high - d.plot.frame().x.low == doctest::Approx(all.x.high - all.x.low));

  d.plot.fit();
  d.step(40);
  const Frame before = d.plot.frame();
  CHECK(before.x == all.x);
  ImGuiIO& io = ImGui::GetIO();
  io.MousePos = d.at(0.2f, 0.2f);
  d.step(2);
  io.MouseDown[1] = true;
  d.step();
  io.MousePos = d.at(0.4f, 0.8f);
  d.step(2);
  io.MouseDown[1] = false;
  d.step(2);
  CHECK(d.plot.frame().x.low == doctest::Approx(before.x.value(0.2)).epsilon(0.01));
  CHECK(d.plot.frame().x.high == doctest::Approx(before.x.value(0.4)).epsilon(0.01));
  CHECK(d.plot.frame().y.high == doctest::Approx(before.y.value(0.8)).epsilon(0.02));
}

TEST_CASE("plot: by keyboard too: arrows, plus, minus, Home and L") {
  Driven d;
  const Frame all = d.plot.frame();
  d.ui.mouse(d.at(0.5f, 0.5f));
  d.step(2);
  d.press(262);  // right
  CHECK(d.plot.frame().x.low == doctest::Approx(all.x.value(0.1)));
  d.press(263);  // left
  CHECK(d.plot.frame().x.low == doctest::Approx(all.x.low));
  ImGui::GetIO().AddInputCharacter('+');
  d.step(2);
  CHECK(d.plot.frame().x.high - d.plot.frame().x.low ==
        doctest::Approx(0.8 * (all.x.high - all.x.low)));
  ImGui::GetIO().AddInputCharacter('-');
  d.step(2);
  CHECK(d.plot.frame().x.high - d.plot.frame().x.low == doctest::Approx(all.x.high - all.x.low));
  d.press(268);  // Home
  CHECK(d.plot.fitted());
  CHECK(d.plot.frame().x == all.x);
  ImGui::GetIO().AddInputCharacter('l');
  d.step(2);
  CHECK(d.plot.log_y);
  CHECK(d.plot.frame().y.log);
  CHECK(d.plot.frame().y.low > 0);
}

TEST_CASE("plot: a curve is hidden and shown by a click on its name") {
  Driven d;
  for (const bool hidden : {true, false}) {
    d.ui.mouse({ImGui::GetStyle().WindowPadding.x + 80, ImGui::GetStyle().WindowPadding.y + 5});
    d.step(2);
    ImGui::GetIO().MouseDown[0] = true;
    d.step();
    ImGui::GetIO().MouseDown[0] = false;
    d.step(30);
    CHECK(d.plot.hidden("run train") == hidden);
  }
}

// Vertices, and milliseconds of a frame, of the last of some.
std::pair<int, double> cost(Plot& plot, int frames) {
  test::Ui ui;
  ImGui::GetIO().BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;  // as the window's
  Crosshair crosshair;
  int vertices = 0;
  double start = 0;
  for (int i = 0; i <= frames; ++i) {
    if (i == 1) start = os::seconds();
    vertices = ui.frame([&] { plot.draw("plot", {1240, 760}, crosshair); });
  }
  return {vertices, 1000 * (os::seconds() - start) / frames};
}

TEST_CASE("plot: vertices of ten million points are bounded by the width, not by their number") {
  const Series series = noisy(10'000'000);
  Plot plot = plot_of(series);
  const auto [raw, raw_ms] = cost(plot, 20);
  plot.smoothing = 0.9;
  const auto [both, both_ms] = cost(plot, 20);
  MESSAGE(fmt::format("decimated: {} vertices, {:.2f} ms a frame; with its average: {}, {:.2f} ms",
                      raw, raw_ms, both, both_ms));
  CHECK(raw < 4 * 1240 + 2000);
  CHECK(both < 8 * 1240 + 2000);

  plot.smoothing = 0;
  plot.decimate = false;
  const auto [all, all_ms] = cost(plot, 1);
  MESSAGE(fmt::format("not decimated: {} vertices, {:.0f} ms a frame", all, all_ms));
  CHECK(all > 10'000'000);
}

}  // namespace
}  // namespace lemnos::viewer
