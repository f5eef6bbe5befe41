// SPDX-License-Identifier: Apache-2.0
// The selected sample, which parts of it the model's decision hangs on, and what it decides.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "viewer/panel.h"
#include "viewer/picture.h"

namespace lemnos::viewer {

struct Sample {
  std::int64_t row = -1, rows = 0;       // which one, of how many
  std::string label;                     // what it truly is, where that is known
  data::Array input;                     // of an image [1, H, W, C], as stored; else none
  std::vector<std::string> names;        // of tokens or features, else none
  data::Array saliency;                  // [H, W, C], or one for each name
  std::vector<float> scores;             // of each class
  std::vector<std::string> class_names;  // or none
};

class SaliencyPanel : public Panel {
 public:
  std::string_view title() const override { return "Sample"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  void show(Sample sample);

  std::optional<std::int64_t> wanted_row;  // set by the user: another row

 private:
  void choose();
  void draw_images(ImVec2 size) const;
  void draw_names(ImVec2 size) const;
  void draw_scores(ImVec2 size) const;
  std::string name_of(std::size_t score) const;
  std::vector<std::size_t> best(std::size_t most) const;  // classes, the largest score first
  Sample sample_;
  PicturePtr picture_, map_;
  float largest_ = 0;  // of the saliency, by size
};

}  // namespace lemnos::viewer
