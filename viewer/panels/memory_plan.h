// SPDX-License-Identifier: Apache-2.0
// The memory plan of a step: blocks over waves and bytes, and the largest of them.
#pragma once

#include <imgui/imgui.h>

#include <memory>
#include <optional>
#include <vector>

#include "viewer/panel.h"
#include "viewer/runs/memory_view.h"

namespace lemnos::viewer {

// Waves from left to right, bytes from the bottom up.
struct MemoryPlace {
  ImVec2 from{0, 0}, size{0, 0};
  double waves = 1, bytes = 1;

  float x(double wave) const { return from.x + static_cast<float>(wave / waves) * size.x; }
  float y(double byte) const { return from.y + size.y - static_cast<float>(byte / bytes) * size.y; }
};
MemoryPlace memory_place(const MemoryView& view, ImVec2 from, ImVec2 size);

// The block below a point, if any.
std::optional<std::size_t> block_at(const MemoryView& view, const MemoryPlace& place, ImVec2 point);

class MemoryPlanPanel : public Panel {
 public:
  std::optional<std::size_t> selected;  // a block

  void set(std::shared_ptr<const MemoryView> view);

  std::string_view title() const override { return "Memory plan"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

 private:
  void draw_summary() const;
  void draw_chart(ImVec2 size);
  void draw_blocks(ImDrawList& list, const MemoryPlace& place) const;
  void draw_lines(ImDrawList& list, const MemoryPlace& place) const;
  void draw_axes(ImDrawList& list, const MemoryPlace& place) const;
  void draw_largest(ImVec2 size);
  void show_tooltip(std::size_t block) const;

  std::shared_ptr<const MemoryView> view_;
  std::vector<std::size_t> largest_;
  std::optional<std::size_t> hovered_;
};

}  // namespace lemnos::viewer
