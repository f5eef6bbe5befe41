// SPDX-License-Identifier: Apache-2.0
// What a detector finds in held-out images, and what is truly there.
#pragma once

#include <imgui/imgui.h>

#include <cstdint>

#include "nn/insight/predictions.h"
#include "viewer/panel.h"
#include "viewer/picture.h"

namespace lemnos::viewer {

class BoxesPanel : public Panel {
 public:
  std::string_view title() const override { return "Boxes"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  void show(BoxesLook look, std::vector<std::string> class_names);

  std::int64_t selected = -1;  // image shown alone; -1: all

 private:
  void draw_image(std::size_t index, ImVec2 from, ImVec2 size) const;
  void draw_label(const Detection& found, ImVec2 from, ImVec2 size,
                  std::vector<ImVec4>& taken) const;
  BoxesLook look_;
  std::vector<std::string> class_names_;
  PicturePtr pictures_;
};

}  // namespace lemnos::viewer
