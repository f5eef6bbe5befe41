// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/boxes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "viewer/panels/parts.h"
#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

// A frame with a dark edge about it, to be seen on any picture.
void frame(const Box& box, ImVec2 from, ImVec2 size, ImU32 color, float thick) {
  const ImVec2 at{from.x + (box.x - box.width / 2) * size.x,
                  from.y + (box.y - box.height / 2) * size.y};
  const ImVec2 end{at.x + box.width * size.x, at.y + box.height * size.y};
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRect(at, end, IM_COL32(0, 0, 0, 140), 0, 0, thick + px(1.5f));
  draw.AddRect(at, end, color, 0, 0, thick);
}

ImU32 class_color(std::uint32_t label) {
  return series_on_pictures()[label % series_on_pictures().size()];
}

}  // namespace

void BoxesPanel::show(BoxesLook look, std::vector<std::string> class_names) {
  look_ = std::move(look);
  class_names_ = std::move(class_names);
  pictures_ = look_.images.empty() ? nullptr : picture_of(look_.images);
  if (pictures_ && selected >= pictures_->count) selected = -1;
}

void BoxesPanel::draw() {
  if (!pictures_) {
    empty_note("No boxes", "What a detector finds in held-out images appears here as it trains.");
    return;
  }
  ImGui::TextDisabled("white: truly there; coloured: found");
  const parts::Area area("images", ImGui::GetContentRegionAvail());
  const PictureStyle style{.image = selected, .gap = px(6)};
  const PictureLayout placed = viewer::draw(pictures_, area.size, style);
  const auto [x, y] = parts::arrows(area);
  const auto columns = static_cast<int>(placed.columns);
  if (x != 0 || y != 0)
    selected = std::clamp<std::int64_t>(selected + x + (selected < 0 ? 0 : y * columns), -1,
                                        pictures_->count - 1);
  for (std::int64_t i = 0; i < (style.image >= 0 ? 1 : pictures_->count); ++i) {
    const std::int64_t image = style.image >= 0 ? style.image : i;
    const ImVec2 from{
        area.at.x + static_cast<float>(i % placed.columns) * (placed.cell_width + style.gap),
        area.at.y + static_cast<float>(i / placed.columns) * (placed.cell_height + style.gap)};
    draw_image(static_cast<std::size_t>(image), from, {placed.cell_width, placed.cell_height});
  }
  const PixelPlace at = pixel_at(*pictures_, placed, area.mouse(), style);
  if (area.clicked) selected = selected >= 0 ? -1 : at.image;
}

void BoxesPanel::draw_image(std::size_t index, ImVec2 from, ImVec2 size) const {
  if (index >= look_.judged.size()) return;
  const auto& [found, truth] = look_.judged[index];
  for (const Detection& each : truth) frame(each.box, from, size, IM_COL32_WHITE, px(1));
  for (const Detection& each : found) frame(each.box, from, size, class_color(each.label), px(2));
  if (size.x < px(150)) return;
  std::vector<ImVec4> taken;  // by labels: left, top, right, bottom
  for (const Detection& each : found) draw_label(each, from, size, taken);
}

// Within the image: above its frame, else below or inside it where another label stands.
void BoxesPanel::draw_label(const Detection& found, ImVec2 from, ImVec2 size,
                            std::vector<ImVec4>& taken) const {
  const std::string text =
      fmt::format("{} {:.2f}", parts::class_name(class_names_, found.label), found.score);
  const ImVec2 words = ImGui::CalcTextSize(text.c_str());
  const float wide = words.x + px(8), high = words.y + px(1);
  const Box& box = found.box;
  const float start = from.x + (box.x - box.width / 2) * size.x - px(1);
  const float left = std::max(from.x, std::min(start, from.x + size.x - wide));
  const float above = from.y + (box.y - box.height / 2) * size.y;
  const float below = from.y + (box.y + box.height / 2) * size.y;
  // How much of other labels one that begins there would cover.
  const auto covered = [&](float top) {
    float area = 0;
    for (const ImVec4& other : taken)
      area += std::max(0.0f, std::min(left + wide, other.z) - std::max(left, other.x)) *
              std::max(0.0f, std::min(top + high, other.w) - std::max(top, other.y));
    return area;
  };
  std::array tops{above - high, below, above, below - high};
  for (float& top : tops) top = std::clamp(top, from.y, from.y + size.y - high);
  const float top = *std::ranges::min_element(tops, {}, covered);
  taken.push_back({left, top, left + wide, top + high});
  const ImU32 color = class_color(found.label);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled({left, top}, {left + wide, top + high}, color, px(2));
  draw.AddText({left + px(4), top}, text_on(color), text.c_str());
}

Table BoxesPanel::table() const {
  Table table{{"row", "what", "class", "score", "x", "y", "width", "height"}, {}};
  const auto add = [&](std::size_t i, const char* what, const Detection& each) {
    const auto part = [](float x) { return fmt::format("{:.6g}", x); };
    table.rows.push_back({fmt::format("{}", look_.rows[i]), what,
                          parts::class_name(class_names_, each.label), part(each.score),
                          part(each.box.x), part(each.box.y), part(each.box.width),
                          part(each.box.height)});
  };
  for (std::size_t i = 0; i < look_.judged.size(); ++i) {
    for (const Detection& each : look_.judged[i].truth) add(i, "true", each);
    for (const Detection& each : look_.judged[i].found) add(i, "found", each);
  }
  return table;
}

nlohmann::ordered_json BoxesPanel::json() const {
  const auto list = [&](const std::vector<Detection>& all) {
    nlohmann::ordered_json boxes = nlohmann::ordered_json::array();
    for (const auto& [box, label, score] : all)
      boxes.push_back({{"class", parts::class_name(class_names_, label)},
                       {"score", score},
                       {"box", {box.x, box.y, box.width, box.height}}});
    return boxes;
  };
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < look_.judged.size(); ++i)
    json.push_back({{"row", look_.rows[i]},
                    {"true", list(look_.judged[i].truth)},
                    {"found", list(look_.judged[i].found)}});
  return json;
}

}  // namespace lemnos::viewer
