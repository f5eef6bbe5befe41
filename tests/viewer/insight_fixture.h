// SPDX-License-Identifier: Apache-2.0
// Data as a run gives it, for the panels of the tab "Inside", and hands that use them.
#pragma once

#include <doctest/doctest.h>

#include <cmath>

#include "nn/insight/predictions.h"
#include "tests/viewer/ui.h"
#include "viewer/panel.h"
#include "viewer/panels/histograms.h"

namespace lemnos::viewer::test {

// Small, narrow, flat and large.
inline const ImVec2 panel_sizes[] = {{216, 216}, {320, 900}, {1200, 240}, {1000, 700}};

// Draws it at all sizes, dark and light, at once and twice the scale; returns the fewest vertices.
inline int draw_everywhere(Panel& panel) {
  int fewest = 1 << 30;
  for (const Look look : {Look::dark, Look::light})
    for (const float scale : {1.0f, 2.0f})
      for (const ImVec2 size : panel_sizes) {
        Ui ui({size.x * scale, size.y * scale});
        use_theme(look, scale);
        for (int i = 0; i < 2; ++i) fewest = std::min(fewest, ui.frame([&] { panel.draw(); }));
      }
  return fewest;
}

inline void click(Ui& ui, Panel& panel, ImVec2 at) {
  for (const bool down : {false, true, false}) {
    ui.mouse(at, down);
    ui.frame([&] { panel.draw(); });
  }
}

inline void press(Ui& ui, Panel& panel, ImGuiKey key) {
  const int number = ImGui::GetKeyIndex(key);
  for (const bool down : {true, false}) {
    ui.key(number, down);
    ui.frame([&] { panel.draw(); });
  }
}

inline LayersLook some_layers(std::size_t parameters, double scale) {
  LayersLook look;
  for (std::size_t p = 0; p < parameters; ++p) {
    std::vector<float> values(500);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(scale * std::sin(0.7 * static_cast<double>(i * (p + 1))));
    const ValueStatistics made = statistics_of(values, 500, 1);
    look.parameters.push_back({fmt::format("layers.{}.weight", p), made, made});
    look.activations.push_back({fmt::format("layers.{}", p), "linear", made});
  }
  return look;
}

// Confusion of so many classes: most right, some taken for the next.
inline PredictionsLook some_predictions(std::size_t classes) {
  PredictionsLook look;
  look.confusion.assign(classes, std::vector<std::uint64_t>(classes));
  for (std::size_t i = 0; i < classes; ++i) {
    look.confusion[i][i] = 90;
    look.confusion[i][(i + 1) % classes] += 10;
  }
  look.classes = class_figures(look.confusion);
  look.rows = static_cast<std::int64_t>(classes) * 100;
  look.accuracy = 0.9;
  look.mistakes = {{.row = 7, .truth = 0, .predicted = 1, .probability = 0.97f, .loss = 3.5f},
                   {.row = 3, .truth = 1, .predicted = 0, .probability = 0.8f, .loss = 1.6f}};
  return look;
}

}  // namespace lemnos::viewer::test
