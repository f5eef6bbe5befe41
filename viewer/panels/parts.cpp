// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "viewer/theme.h"

namespace lemnos::viewer::parts {
namespace {

const char* end_of(std::string_view text) { return text.data() + text.size(); }

ImVec2 size_of(std::string_view text) { return ImGui::CalcTextSize(text.data(), end_of(text)); }

// As much of it as is so wide, with "…" after it; whole characters of UTF-8.
std::string cut(std::string_view text, float width) {
  if (size_of(text).x <= width) return std::string(text);
  const std::string more = "…";
  std::size_t length = text.size();
  while (length > 0 && size_of(std::string(text.substr(0, length)) + more).x > width) do
      --length;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80);
  return length > 0 ? std::string(text.substr(0, length)) + more : "";
}

int pressed(ImGuiKey key) { return ImGui::IsKeyPressed(ImGui::GetKeyIndex(key)) ? 1 : 0; }

}  // namespace

Area::Area(const char* id, ImVec2 wanted) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::BeginChild(id, {std::max(1.0f, wanted.x), std::max(1.0f, wanted.y)}, false,
                    ImGuiWindowFlags_NoNavInputs | ImGuiWindowFlags_NoScrollbar |
                        ImGuiWindowFlags_NoScrollWithMouse);
  at = ImGui::GetCursorScreenPos();
  size = ImGui::GetWindowSize();
  ImGui::InvisibleButton("area", size);
  hovered = ImGui::IsItemHovered();
  clicked = ImGui::IsItemClicked();
  held = ImGui::IsItemActive();
  focused = ImGui::IsWindowFocused();
  ImGui::SetCursorScreenPos(at);
}

Area::~Area() {
  if (focused)
    ImGui::GetWindowDrawList()->AddRect(at, {at.x + size.x, at.y + size.y},
                                        faded(theme().accent, 0.5f), px(3));
  ImGui::EndChild();
  ImGui::PopStyleVar();
}

ImVec2 Area::mouse() const {
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  return {mouse.x - at.x, mouse.y - at.y};
}

Arrows arrows(const Area& area) {
  if (!area.focused) return {};
  return {pressed(ImGuiKey_RightArrow) - pressed(ImGuiKey_LeftArrow),
          pressed(ImGuiKey_DownArrow) - pressed(ImGuiKey_UpArrow)};
}

std::string class_name(const std::vector<std::string>& names, std::size_t index) {
  return index < names.size() ? names[index] : fmt::format("class {}", index);
}

ImU32 mixed(ImU32 from, ImU32 to, float part) {
  const ImVec4 a = as_vector(from), b = as_vector(to);
  const float p = std::clamp(part, 0.0f, 1.0f);
  return ImGui::ColorConvertFloat4ToU32(
      {a.x + (b.x - a.x) * p, a.y + (b.y - a.y) * p, a.z + (b.z - a.z) * p, a.w + (b.w - a.w) * p});
}

void text_in(ImVec2 from, ImVec2 to, std::string_view text, ImU32 color, float align) {
  const std::string shown = cut(text, to.x - from.x);
  const ImVec2 size = size_of(shown);
  ImGui::GetWindowDrawList()->AddText(
      {from.x + (to.x - from.x - size.x) * align, from.y + (to.y - from.y - size.y) / 2}, color,
      shown.c_str());
}

void path_in(ImVec2 from, ImVec2 to, std::string_view path, ImU32 color) {
  std::string shown(path);
  while (!path.empty() && size_of(shown).x > to.x - from.x) {
    path.remove_prefix(1);
    while (path.starts_with('.')) path.remove_prefix(1);  // the ellipsis has dots enough
    shown = "…" + std::string(path);
  }
  text_in(from, to, shown, color);
}

void table_head(int columns, int numbers) {
  ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
  for (int i = 0; i < columns; ++i) {
    if (!ImGui::TableSetColumnIndex(i)) continue;
    const std::string name = ImGui::TableGetColumnName(i);
    if (i < numbers) {
      ImGui::TableHeader(name.c_str());
      continue;
    }
    const ImVec2 at = ImGui::GetCursorScreenPos();
    float right = at.x + ImGui::GetContentRegionAvail().x;
    if ((ImGui::TableGetColumnFlags(i) & ImGuiTableColumnFlags_IsSorted) != 0)
      right -= ImGui::GetFontSize() * 0.65f + ImGui::GetStyle().FramePadding.x;  // its arrow
    ImGui::TableHeader(("##" + name).c_str());
    ImGui::GetWindowDrawList()->AddText(
        {std::max(at.x, right - ImGui::CalcTextSize(name.c_str()).x), at.y}, theme().text,
        name.c_str());
  }
}

void figure(std::string_view what, std::string_view value) {
  const float wide = size_of(what).x + size_of(value).x + px(24);
  ImGui::SameLine(0, px(16));
  if (ImGui::GetContentRegionAvail().x < wide) ImGui::NewLine();
  ImGui::PushStyleColor(ImGuiCol_Text, theme().muted);
  ImGui::TextUnformatted(what.data(), end_of(what));
  ImGui::PopStyleColor();
  ImGui::SameLine(0, px(5));
  const bool number = !value.empty() &&
                      (std::isdigit(static_cast<unsigned char>(value[0])) != 0 || value[0] == '-');
  const UseFont font(number ? fonts().numbers : ImGui::GetFont());
  ImGui::TextUnformatted(value.data(), end_of(value));
}

}  // namespace lemnos::viewer::parts
