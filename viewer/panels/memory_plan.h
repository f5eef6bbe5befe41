// SPDX-License-Identifier: Apache-2.0
// The memory plan of a step: blocks over waves and bytes, and the largest of them.
#pragma once

#include <memory>

#include "viewer/panel.h"
#include "viewer/panels/memory_view.h"

namespace lemnos::viewer {

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
