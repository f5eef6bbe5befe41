// SPDX-License-Identifier: Apache-2.0
// Which classes are taken for which: rows are the true ones, columns those predicted.
#pragma once

#include <imgui/imgui.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "nn/insight/predictions.h"
#include "viewer/panel.h"

namespace lemnos::viewer {

class ConfusionPanel : public Panel {
 public:
  std::string_view title() const override { return "Confusion matrix"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  PredictionsLook look;
  std::vector<std::string> class_names;  // or none
  std::uint64_t step = 0;

  bool percent = false;  // of the row, instead of counts
  // Cell that was chosen: true class, predicted class.
  std::optional<std::pair<std::size_t, std::size_t>> selected;

  // Where the cells are, from the panel's own corner of the matrix.
  struct Grid {
    ImVec2 at{0, 0};  // of the first cell, on the screen
    float cell = 0;   // side of one
    std::size_t classes = 0;
    // The cell at a point of the screen: true class, predicted class.
    std::optional<std::pair<std::size_t, std::size_t>> cell_at(ImVec2 point) const;
  };
  const Grid& grid() const { return grid_; }  // as drawn last

 private:
  struct Margins {
    float names = 0, number = 0;  // width left, and of the part that has the class's number
    float figures = 0, line = 0;  // width right, height below
  };
  void say_selected() const;
  void draw_cells() const;
  void draw_cell(std::size_t truth, std::size_t predicted) const;
  void draw_margins(const Margins& margins) const;
  Grid grid_;
};

}  // namespace lemnos::viewer
