// SPDX-License-Identifier: Apache-2.0
// The held-out rows that a classifier is most surely wrong about.
#pragma once

#include <cstdint>
#include <optional>

#include "nn/insight/predictions.h"
#include "viewer/panel.h"
#include "viewer/picture.h"

namespace lemnos::viewer {

class MistakesPanel : public Panel {
 public:
  std::string_view title() const override { return "Worst mistakes"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  // The pictures are made of look.pictures, once for each look.
  void show(PredictionsLook look, std::vector<std::string> class_names);

  std::optional<std::size_t> selected;      // of the mistakes, for whoever shows more of it
  std::optional<std::uint32_t> wanted_row;  // set by a click or Enter: look at this row

 private:
  ImVec2 picture_size(float width) const;
  void draw_card(std::size_t index, float width, float height);
  PredictionsLook look_;
  std::vector<std::string> class_names_;
  PicturePtr pictures_;
  bool shown_ = false, reveal_ = false;
};

}  // namespace lemnos::viewer
