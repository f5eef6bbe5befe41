// SPDX-License-Identifier: Apache-2.0
// What the panels of the tab "Inside" are put together from.
#pragma once

#include <imgui/imgui.h>

#include <string>
#include <string_view>
#include <vector>

namespace lemnos::viewer::parts {

// A part of a panel that takes clicks and, while it has the focus, the arrow keys. What is drawn
// while it lives is cut at its edges.
class Area {
 public:
  Area(const char* id, ImVec2 size);
  ~Area();
  Area(const Area&) = delete;
  Area& operator=(const Area&) = delete;

  ImVec2 at{0, 0}, size{0, 0};
  bool focused = false, hovered = false;
  bool clicked = false, held = false;  // by the left button, begun inside
  ImVec2 mouse() const;                // from the left upper corner
};

// Arrow keys pressed (or repeated) in this frame while the area has the focus: -1, 0 or 1 each way.
struct Arrows {
  int x = 0, y = 0;
};
Arrows arrows(const Area& area);

// Of a class without a name: "class 3".
std::string class_name(const std::vector<std::string>& names, std::size_t index);

ImU32 mixed(ImU32 from, ImU32 to, float part);

// One line within a box, in the middle of its height, cut with "…" where it is too long. align: 0
// left, 0.5 middle, 1 right.
void text_in(ImVec2 from, ImVec2 to, std::string_view text, ImU32 color, float align = 0);
// The same of a path, cut at its beginning: "…layers.0.weight".
void path_in(ImVec2 from, ImVec2 to, std::string_view path, ImU32 color);

// A table's head: of the columns from `numbers` on the names stand to the right, as numbers do.
void table_head(int columns, int numbers);

// A figure with what it is, muted, before it; on the line of the one before.
void figure(std::string_view what, std::string_view value);

}  // namespace lemnos::viewer::parts
