// SPDX-License-Identifier: Apache-2.0
// Weights, gradients and activations of each layer over the run, and how far updates move weights.
#pragma once

#include <imgui/imgui.h>

#include "viewer/panel.h"
#include "viewer/panels/histograms_history.h"

namespace lemnos::viewer {

enum class Spread : int { weights, gradients, activations, updates };

class HistogramsPanel : public Panel {
 public:
  std::string_view title() const override { return "Layers"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  HistogramsHistory history;

  Spread shown = Spread::weights;
  bool ridges = false;       // the selected layer as outlines, one for a step, instead of a strip
  std::size_t selected = 0;  // layer, of those shown

 private:
  std::size_t layers() const;
  const std::string& name(std::size_t layer) const;
  void choose();
  void choose_drawing();
  void draw_list(ImVec2 size);
  void draw_row(std::size_t layer, ImVec2 from, ImVec2 to) const;
  void draw_selected(ImVec2 size) const;
  void draw_large() const;
  void draw_large_ratios(ImVec2 from, ImVec2 to) const;
  void draw_large_spread(ImVec2 from, ImVec2 to) const;
  bool reveal_ = false;
};

}  // namespace lemnos::viewer
