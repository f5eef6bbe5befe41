// SPDX-License-Identifier: Apache-2.0
// What the first convolution looks for: its filters as pictures.
#pragma once

#include <cstdint>

#include "viewer/panel.h"
#include "viewer/picture.h"

namespace lemnos::viewer {

class FiltersPanel : public Panel {
 public:
  std::string_view title() const override { return "First-layer filters"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  // f32 [filters, kernel, kernel, channels]. Three channels are shown as colours, around gray; of
  // other numbers the first.
  void show(const data::Array& filters);

 private:
  data::Array filters_;
  PicturePtr picture_;
  float largest_ = 0;  // by size, of all filters
};

}  // namespace lemnos::viewer
