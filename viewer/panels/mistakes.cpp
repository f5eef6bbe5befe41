// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/mistakes.h"

#include <fmt/format.h>

#include <algorithm>

#include "viewer/panels/parts.h"
#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {

using parts::class_name;

void MistakesPanel::show(PredictionsLook look, std::vector<std::string> class_names) {
  look_ = std::move(look);
  class_names_ = std::move(class_names);
  pictures_ = look_.pictures.empty() ? nullptr : picture_of(look_.pictures);
  if (selected && *selected >= look_.mistakes.size()) selected.reset();
  shown_ = true;
}

void MistakesPanel::draw() {
  if (look_.mistakes.empty()) {
    empty_note(shown_ ? "No mistakes" : "No predictions yet",
               shown_ ? "All rows that are looked at are predicted right."
                      : "What a classifier is most surely wrong about appears here as it trains.");
    return;
  }
  ImGui::BeginChild("cards", ImGui::GetContentRegionAvail(), false, ImGuiWindowFlags_NoNavInputs);
  const float space = ImGui::GetContentRegionAvail().x, gap = px(10);
  const int columns = std::max(1, static_cast<int>((space + gap) / (px(128) + gap)));
  const float width = (space - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float text = 2 * ImGui::GetTextLineHeight() + px(14);
  const float height = text + (pictures_ ? picture_size(width).y : 0);
  const auto pressed = [](ImGuiKey key) { return ImGui::IsKeyPressed(ImGui::GetKeyIndex(key)); };
  if (ImGui::IsWindowFocused(ImGuiFocusedFlags_ChildWindows)) {
    const int x = pressed(ImGuiKey_RightArrow) - pressed(ImGuiKey_LeftArrow);
    const int y = pressed(ImGuiKey_DownArrow) - pressed(ImGuiKey_UpArrow);
    const int last = static_cast<int>(look_.mistakes.size()) - 1;
    if (x != 0 || y != 0) {
      const int from = selected ? static_cast<int>(*selected) + x + y * columns : 0;
      selected = static_cast<std::size_t>(std::clamp(from, 0, last));
      reveal_ = true;
    }
    if (selected && pressed(ImGuiKey_Enter)) wanted_row = look_.mistakes[*selected].row;
  }
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  for (int i = 0; i < static_cast<int>(look_.mistakes.size()); ++i) {
    ImGui::SetCursorScreenPos({corner.x + static_cast<float>(i % columns) * (width + gap),
                               corner.y + static_cast<float>(i / columns) * (height + gap)});
    draw_card(static_cast<std::size_t>(i), width, height);
  }
  reveal_ = false;
  ImGui::EndChild();
}

// As large as pixels of one size each allow.
ImVec2 MistakesPanel::picture_size(float width) const {
  return layout(*pictures_, {width - px(12), std::min(width, px(160))}, {.image = 0}).size;
}

void MistakesPanel::draw_card(std::size_t index, float width, float height) {
  const Mistake& mistake = look_.mistakes[index];
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 end{at.x + width, at.y + height};
  ImGui::PushID(static_cast<int>(index));
  if (ImGui::InvisibleButton("mistake", {width, height})) {
    selected = index;
    wanted_row = mistake.row;
  }
  const bool seen = ImGui::IsItemVisible(), hovered = ImGui::IsItemHovered();
  if (hovered)
    ImGui::SetTooltip("row %u: %s, taken for %s, loss %.3g", mistake.row,
                      class_name(class_names_, mistake.truth).c_str(),
                      class_name(class_names_, mistake.predicted).c_str(),
                      static_cast<double>(mistake.loss));
  ImGui::PopID();
  if (selected == index && reveal_) ImGui::SetScrollHereY();
  if (!seen) return;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, end, faded(theme().raised, hovered ? 0.9f : 0.55f), px(5));
  if (selected == index) list.AddRect(at, end, theme().accent, px(5), 0, px(2));
  const float line = ImGui::GetTextLineHeight();
  const float top = end.y - 2 * line - px(6), left = at.x + px(8), right = end.x - px(8);
  if (pictures_) {
    const ImVec2 space{width - px(12), std::min(width, px(160))};
    ImGui::SetCursorScreenPos({at.x + (width - picture_size(width).x) / 2, at.y + px(6)});
    viewer::draw(pictures_, space, {.image = static_cast<std::int64_t>(index)});
  }
  const std::string sure = fmt::format("{:.2f}", mistake.probability);
  const float number = ImGui::CalcTextSize(sure.c_str()).x + px(6);
  parts::text_in({left, top}, {right, top + line}, class_name(class_names_, mistake.truth),
                 theme().muted);
  parts::text_in({left, top + line}, {right - number, top + 2 * line},
                 "→ " + class_name(class_names_, mistake.predicted), theme().text);
  const UseFont numbers(fonts().numbers);
  parts::text_in({right - number, top + line}, {right, top + 2 * line}, sure, theme().warning, 1);
}

Table MistakesPanel::table() const {
  Table table{{"row", "true", "predicted", "probability", "loss"}, {}};
  for (const Mistake& each : look_.mistakes)
    table.rows.push_back({fmt::format("{}", each.row), class_name(class_names_, each.truth),
                          class_name(class_names_, each.predicted),
                          fmt::format("{:.6g}", each.probability),
                          fmt::format("{:.6g}", each.loss)});
  return table;
}

nlohmann::ordered_json MistakesPanel::json() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Mistake& each : look_.mistakes)
    json.push_back({{"row", each.row},
                    {"true", class_name(class_names_, each.truth)},
                    {"predicted", class_name(class_names_, each.predicted)},
                    {"probability", each.probability},
                    {"loss", each.loss}});
  return json;
}

}  // namespace lemnos::viewer
