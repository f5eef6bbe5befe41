// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/attention.h"

#include <fmt/format.h>

#include <algorithm>

#include "viewer/panels/parts.h"
#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {

namespace {

// A few side by side, more by a slider; 0 stands for all.
int choose_number(const char* name, int chosen, int first, int last) {
  ImGui::AlignTextToFramePadding();
  ImGui::TextDisabled("%s", name);
  ImGui::SameLine(0, px(8));
  chosen = std::clamp(chosen, first, last);
  const auto text_of = [](int i) { return i == 0 ? std::string("all") : fmt::format("{}", i); };
  if (last <= 8 && ImGui::GetContentRegionAvail().x > px(40) * static_cast<float>(last + 1)) {
    std::vector<std::string> all;
    for (int i = first; i <= last; ++i) all.push_back(text_of(i));
    return first + static_cast<int>(segments(name, all, static_cast<std::size_t>(chosen - first)));
  }
  ImGui::PushID(name);
  ImGui::SetNextItemWidth(px(100));
  ImGui::SliderInt("##number", &chosen, first, last, "", ImGuiSliderFlags_AlwaysClamp);
  ImGui::PopID();
  ImGui::SameLine(0, px(8));
  ImGui::TextUnformatted(text_of(chosen).c_str());
  return chosen;
}

}  // namespace

void AttentionPanel::show(const std::vector<data::Array>& maps, std::vector<std::string> tokens) {
  maps_.clear();
  for (const data::Array& map : maps) maps_.push_back(picture_of(map));
  tokens_ = std::move(tokens);
}

std::string AttentionPanel::place(std::int64_t at) const {
  const auto index = static_cast<std::size_t>(at);
  return index < tokens_.size() ? "\"" + tokens_[index] + "\"" : fmt::format("place {}", at);
}

// Layers and heads, by their numbers from 1.
void AttentionPanel::choose() {
  const auto layers = static_cast<int>(maps_.size());
  layer =
      static_cast<std::size_t>(choose_number("layer", static_cast<int>(layer) + 1, 1, layers)) - 1;
  const auto heads = static_cast<int>(maps_[layer]->count);
  if (ImGui::GetContentRegionAvail().x > px(560)) ImGui::SameLine(0, px(20));
  const auto shown = static_cast<int>(std::min<std::int64_t>(head, heads - 1)) + 1;
  head = choose_number("head", shown, 0, heads) - 1;
}

void AttentionPanel::draw() {
  if (maps_.empty()) {
    empty_note("No attention maps",
               "Those of the selected sample appear here, of models with attention.");
    return;
  }
  choose();
  const Picture& map = *maps_[layer];
  ImGui::TextDisabled("Rows look at columns; each row sums to 1.");
  const parts::Area area("maps", ImGui::GetContentRegionAvail());
  const auto [x, y] = parts::arrows(area);
  if (y != 0)
    layer = static_cast<std::size_t>(
        std::clamp(static_cast<int>(layer) + y, 0, static_cast<int>(maps_.size()) - 1));
  if (x != 0) head = std::clamp<std::int64_t>(head + x, -1, map.count - 1);
  const PictureStyle style{.colors = Colors::sequential, .image = head, .gap = px(6)};
  const PictureLayout placed = viewer::draw(maps_[layer], area.size, style);
  const PixelPlace at = pixel_at(map, placed, area.mouse(), style);
  if (!area.hovered || at.image < 0) return;
  if (area.clicked) head = head >= 0 ? -1 : at.image;
  ImGui::SetTooltip("head %d: %s looks at %s: %.3f", static_cast<int>(at.image) + 1,
                    place(at.y).c_str(), place(at.x).c_str(),
                    static_cast<double>(map.at(at.image, at.y, at.x, 0)));
}

Table AttentionPanel::table() const {
  Table table{{"layer", "head", "from", "to", "attention"}, {}};
  if (layer >= maps_.size()) return table;
  const Picture& map = *maps_[layer];
  for (std::int64_t h = 0; h < map.count; ++h)
    for (std::int64_t y = 0; y < map.height; ++y)
      for (std::int64_t x = 0; x < map.width; ++x)
        table.rows.push_back({fmt::format("{}", layer + 1), fmt::format("{}", h + 1),
                              fmt::format("{}", y), fmt::format("{}", x),
                              fmt::format("{:.6g}", map.at(h, y, x, 0))});
  return table;
}

nlohmann::ordered_json AttentionPanel::json() const {
  nlohmann::ordered_json json{{"tokens", tokens_}, {"layers", nlohmann::json::array()}};
  for (const PicturePtr& map : maps_) {
    const auto values = map->pixels.as<float>();
    json["layers"].push_back({{"shape", {map->count, map->height, map->width}},
                              {"values", std::vector<float>(values.begin(), values.end())}});
  }
  return json;
}

}  // namespace lemnos::viewer
