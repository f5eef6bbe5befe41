// SPDX-License-Identifier: Apache-2.0
// The codes of a generative model: where test images lie among them, and what any code becomes.
#pragma once

#include <imgui/imgui.h>

#include <array>
#include <cstdint>
#include <optional>

#include "nn/insight/latent_space.h"
#include "viewer/panel.h"
#include "viewer/picture.h"

namespace lemnos::viewer {

class LatentPanel : public Panel {
 public:
  std::string_view title() const override { return "Latent space"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  // images: one for each code, or none. The point stays where it was.
  void show(LatentLook look, PicturePtr images);
  // The picture of the code that was asked for last.
  void show_decoded(PicturePtr picture) { decoded_ = std::move(picture); }

  // Set whenever the user moves the point; whoever serves it takes it and gives the picture.
  std::optional<std::vector<float>> wanted_z;

  // Coordinates of the point on the principal axes, in deviations. Moving ends an interpolation.
  const std::vector<double>& coordinates() const { return coordinates_; }
  void move_to(std::size_t axis, double deviations);
  // Images A and B: chosen by a click (with Shift: B), or none. `part` of the way between them.
  std::array<std::optional<std::size_t>, 2> ends;
  void go_between(double part);

  // The scatter as drawn last: where codes are on the screen, and which is nearest to a point of
  // it, within some pixels.
  struct Scatter {
    ImVec2 at{0, 0}, size{0, 0};
    double reach = 3;  // deviations from the middle to the edge
  };
  const Scatter& scatter() const { return scatter_; }
  ImVec2 place_of(std::size_t code) const;
  std::optional<std::size_t> code_at(ImVec2 point) const;

 private:
  std::size_t axes() const { return coordinates_.size(); }
  ImVec2 on_screen(double x, double y) const;
  void ask();
  void choose_end(std::size_t code, bool second);
  void draw_scatter(ImVec2 size, bool legend);
  void draw_point() const;
  std::pair<std::uint32_t, float> legend() const;
  float legend_height(float room) const;  // in as many columns as there is room for
  void draw_entry(std::uint32_t label, ImVec2 at, float width) const;
  void draw_legend_below() const;
  void draw_legend_over() const;
  void draw_controls(ImVec2 size);
  void draw_ends();
  LatentLook look_;
  PicturePtr images_, decoded_;
  std::vector<double> coordinates_;
  std::vector<std::array<double, 2>> places_;  // of codes on the first two axes, in deviations
  double part_ = 0;
  bool between_ = false;
  Scatter scatter_;
};

}  // namespace lemnos::viewer
