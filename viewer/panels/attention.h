// SPDX-License-Identifier: Apache-2.0
// How much each place of the selected sample looks at each other one: a map for each head.
#pragma once

#include <cstdint>
#include <vector>

#include "viewer/panel.h"
#include "viewer/picture.h"

namespace lemnos::viewer {

class AttentionPanel : public Panel {
 public:
  std::string_view title() const override { return "Attention"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  // maps: of each layer f32 [heads, T, S]. tokens: names of the places, where they have names.
  void show(const std::vector<data::Array>& maps, std::vector<std::string> tokens = {});

  std::size_t layer = 0;
  std::int64_t head = -1;  // shown alone; -1: all

 private:
  std::string place(std::int64_t at) const;
  void choose();
  std::vector<PicturePtr> maps_;
  std::vector<std::string> tokens_;
};

}  // namespace lemnos::viewer
