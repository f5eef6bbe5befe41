// SPDX-License-Identifier: Apache-2.0
#include "viewer/card.h"

#include <fmt/format.h>

#include <cctype>
#include <string>

#include "data/formats/image.h"
#include "runtime/base/os.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

// "Loss and metrics" -> "loss-and-metrics".
std::string file_name(std::string_view title) {
  std::string name;
  for (const char c : title) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  return name;
}

// Three dots, as menus of this kind have.
bool menu_button() {
  const float side = ImGui::GetTextLineHeight() + px(4);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const bool pressed = ImGui::InvisibleButton("menu", {side, side});
  const bool lit = ImGui::IsItemHovered() || ImGui::IsItemFocused();
  for (int i = -1; i <= 1; ++i)
    ImGui::GetWindowDrawList()->AddCircleFilled(
        {at.x + side / 2 + static_cast<float>(i) * px(5), at.y + side / 2}, px(1.6f),
        lit ? theme().text : theme().muted);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("take away (PNG: Ctrl-S), enlarge (F)");
  return pressed;
}

void draw_menu(CardResult& result, bool enlarged) {
  if (!ImGui::BeginPopup("take away")) return;
  if (ImGui::MenuItem("Picture (PNG)", "Ctrl-S")) result.take = Take::png;
  if (ImGui::MenuItem("Table (CSV)")) result.take = Take::csv;
  if (ImGui::MenuItem("Data (JSON)")) result.take = Take::json;
  ImGui::Separator();
  if (ImGui::MenuItem(enlarged ? "Back to its place" : "Enlarge", "F")) result.enlarge = true;
  ImGui::EndPopup();
}

void draw_title(const Panel& panel, CardResult& result, bool enlarged) {
  const std::string title(panel.title());
  const float right = ImGui::GetContentRegionAvail().x - ImGui::GetTextLineHeight() - px(4);
  {
    const UseFont font(fonts().title);
    ImGui::TextUnformatted(title.c_str());
  }
  const bool twice = ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0);
  ImGui::SameLine(ImGui::GetCursorPosX() + right);
  if (menu_button()) ImGui::OpenPopup("take away");
  draw_menu(result, enlarged);
  if (twice) result.enlarge = true;
  if (!ImGui::IsWindowFocused(ImGuiFocusedFlags_ChildWindows)) return;
  if (shortcut('F')) result.enlarge = true;
  if (shortcut('S', true)) result.take = Take::png;
}

}  // namespace

CardResult draw_card(Panel& panel, ImVec2 size, bool enlarged) {
  CardResult result;
  const std::string title(panel.title());
  ImGui::PushStyleColor(ImGuiCol_ChildBg, theme().surface);
  ImGui::BeginChild(title.c_str(), size, false,
                    ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoScrollbar);
  ImGui::PopStyleColor();
  const ImVec2 at = ImGui::GetWindowPos(), whole = ImGui::GetWindowSize();
  result.rectangle = {at.x, at.y, whole.x, whole.y};
  draw_title(panel, result, enlarged);
  ImGui::BeginChild("content", {0, 0}, false, ImGuiWindowFlags_None);
  panel.draw();
  ImGui::EndChild();
  ImGui::EndChild();
  return result;
}

std::filesystem::path take_away(const Panel& panel, Take as, const std::filesystem::path& folder,
                                std::uint64_t step, const data::Array& picture) {
  constexpr const char* endings[] = {"png", "csv", "json"};
  const auto path = folder / fmt::format("{}-step-{:06}.{}", file_name(panel.title()), step,
                                         endings[static_cast<int>(as)]);
  os::make_folder(folder);
  switch (as) {
    case Take::png:
      data::write_png(path, picture);
      break;
    case Take::csv:
      os::write_file(path, panel.table().csv());
      break;
    case Take::json:
      os::write_file(path, panel.json().dump(1) + "\n");
      break;
  }
  return path;
}

}  // namespace lemnos::viewer
