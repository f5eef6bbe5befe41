// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/latent.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/panels/parts.h"
#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

constexpr std::size_t most_sliders = 8;
constexpr double key_step = 0.1;  // deviations

ImU32 class_color(std::uint32_t label) { return theme().series[label % theme().series.size()]; }

// Classes beyond the colours there are have another shape.
void mark(ImVec2 at, std::uint32_t label) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const ImU32 color = faded(class_color(label), 0.85f);
  const float r = px(3);
  if (label < theme().series.size())
    draw.AddCircleFilled(at, r, color, 8);
  else if (label < 2 * theme().series.size())
    draw.AddTriangleFilled({at.x, at.y - r}, {at.x - r, at.y + r}, {at.x + r, at.y + r}, color);
  else
    draw.AddRectFilled({at.x - r, at.y - r}, {at.x + r, at.y + r}, color);
}

// Over the number of a field (ImGui's InputInt) that stands for none.
void none_chosen(ImVec2 at, float width) {
  const float height = ImGui::GetFrameHeight();
  const float buttons = 2 * (height + ImGui::GetStyle().ItemInnerSpacing.x);
  const ImVec2 padding = ImGui::GetStyle().FramePadding;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, {at.x + width - buttons, at.y + height}, theme().raised,
                     ImGui::GetStyle().FrameRounding);
  list.AddText({at.x + padding.x, at.y + padding.y}, theme().muted, "–");
}

}  // namespace

void LatentPanel::show(LatentLook look, PicturePtr images) {
  look_ = std::move(look);
  images_ = std::move(images);
  coordinates_.resize(look_.axes.axes.size());
  places_.clear();
  const auto codes = look_.codes.empty() ? std::span<const float>() : look_.codes.as<float>();
  const std::size_t width = axes();
  for (std::size_t at = 0; width > 0 && at + width <= codes.size(); at += width) {
    const auto on = look_.axes.project(codes.subspan(at, width), 2);
    std::array<double, 2> place{};
    for (std::size_t i = 0; i < on.size(); ++i)
      place[i] = look_.axes.scales[i] > 0 ? on[i] / look_.axes.scales[i] : 0;
    places_.push_back(place);
  }
  for (auto& end : ends)
    if (end && *end >= places_.size()) end.reset();
  ask();
}

// The code on the axes, or between A and B.
void LatentPanel::ask() {
  if (axes() == 0) return;
  if (between_ && ends[0] && ends[1]) {
    const auto codes = look_.codes.as<float>();
    wanted_z = between(codes.subspan(*ends[0] * axes(), axes()),
                       codes.subspan(*ends[1] * axes(), axes()), part_);
    return;
  }
  std::vector<double> along(axes());
  for (std::size_t i = 0; i < axes(); ++i) along[i] = coordinates_[i] * look_.axes.scales[i];
  wanted_z = look_.axes.point(along);
}

void LatentPanel::move_to(std::size_t axis, double deviations) {
  check(axis < axes(), "the code has no axis {}", axis);
  coordinates_[axis] = std::clamp(deviations, -scatter_.reach, scatter_.reach);
  between_ = false;
  ask();
}

void LatentPanel::go_between(double part) {
  part_ = std::clamp(part, 0.0, 1.0);
  between_ = ends[0] && ends[1];
  if (!between_) return;
  ask();
  const auto on = look_.axes.project(*wanted_z, axes());
  for (std::size_t i = 0; i < axes(); ++i)
    coordinates_[i] = look_.axes.scales[i] > 0 ? on[i] / look_.axes.scales[i] : 0;
}

void LatentPanel::choose_end(std::size_t code, bool second) {
  ends[second ? 1 : 0] = code;
  if (!ends[second ? 0 : 1]) {  // the point goes where the one image is
    const auto on =
        look_.axes.project(look_.codes.as<float>().subspan(code * axes(), axes()), axes());
    for (std::size_t i = 0; i < axes(); ++i)
      coordinates_[i] = look_.axes.scales[i] > 0 ? on[i] / look_.axes.scales[i] : 0;
    between_ = false;
    ask();
    return;
  }
  go_between(part_);
}

ImVec2 LatentPanel::on_screen(double x, double y) const {
  const double reach = scatter_.reach;
  return {scatter_.at.x + static_cast<float>((x / reach + 1) / 2) * scatter_.size.x,
          scatter_.at.y + static_cast<float>((1 - y / reach) / 2) * scatter_.size.y};
}

ImVec2 LatentPanel::place_of(std::size_t code) const {
  return on_screen(places_[code][0], places_[code][1]);
}

std::optional<std::size_t> LatentPanel::code_at(ImVec2 point) const {
  std::optional<std::size_t> nearest;
  float least = px(7) * px(7);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const ImVec2 at = place_of(i);
    const float far = (at.x - point.x) * (at.x - point.x) + (at.y - point.y) * (at.y - point.y);
    if (far < least) least = far, nearest = i;
  }
  return nearest;
}

void LatentPanel::draw() {
  if (axes() == 0) {
    empty_note("No codes yet",
               "Those of a variational autoencoder or generator appear here as it trains.");
    return;
  }
  const ImVec2 space = ImGui::GetContentRegionAvail();
  const float gap = px(12);
  if (space.x > px(480)) {
    const float side = std::max(px(200), std::min(space.y, space.x * 0.55f));
    const bool below = legend_height(side) <= space.y - side;
    draw_scatter({side, std::min(space.y, side)}, !below);
    if (below) draw_legend_below();
    ImGui::SameLine(0, gap);
    draw_controls({space.x - side - gap, space.y});
  } else {
    const float side = std::min(space.x, std::max(px(110), space.y * 0.5f));
    draw_scatter({space.x, side}, true);
    draw_controls({space.x, std::max(px(60), ImGui::GetContentRegionAvail().y)});
  }
}

// legend: over the points, where there is no room for it elsewhere.
void LatentPanel::draw_scatter(ImVec2 size, bool legend) {
  const parts::Area area("scatter", size);
  scatter_.at = area.at;
  scatter_.size = area.size;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const ImVec2 end{area.at.x + area.size.x, area.at.y + area.size.y};
  draw.AddRectFilled(area.at, end, faded(theme().raised, 0.4f), px(3));
  for (int deviation = -2; deviation <= 2; ++deviation) {
    const ImVec2 at = on_screen(deviation, deviation);
    const ImU32 color = deviation == 0 ? theme().border : theme().grid;
    rule(draw, {at.x, area.at.y}, {at.x, end.y}, color);
    rule(draw, {area.at.x, at.y}, {end.x, at.y}, color);
  }
  for (std::size_t i = 0; i < places_.size(); ++i)
    mark(place_of(i), i < look_.labels.size() ? look_.labels[i] : 0);
  draw_point();
  if (legend) draw_legend_over();

  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const auto under = code_at(mouse);
  if (area.clicked && under) {
    choose_end(*under, ImGui::GetIO().KeyShift);
  } else if (area.held && (area.clicked || ImGui::IsMouseDragging(0))) {
    const double reach = scatter_.reach;
    move_to(0, (2 * double{(mouse.x - area.at.x) / area.size.x} - 1) * reach);
    if (axes() > 1) move_to(1, (1 - 2 * double{(mouse.y - area.at.y) / area.size.y}) * reach);
  }
  const auto [x, y] = parts::arrows(area);
  if (x != 0) move_to(0, coordinates_[0] + key_step * x);
  if (y != 0 && axes() > 1) move_to(1, coordinates_[1] - key_step * y);
  if (area.hovered && under && !area.held) {
    ImGui::BeginTooltip();
    if (*under < look_.labels.size())
      ImGui::TextUnformatted(parts::class_name(look_.classes, look_.labels[*under]).c_str());
    if (images_)
      viewer::draw(images_, {px(84), px(84)}, {.image = static_cast<std::int64_t>(*under)});
    ImGui::TextDisabled("click: A, Shift and click: B");
    ImGui::EndTooltip();
  }
}

// The point that is decoded, A and B.
void LatentPanel::draw_point() const {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const bool both = ends[0] && ends[1];
  if (both)
    draw.AddLine(place_of(*ends[0]), place_of(*ends[1]), faded(theme().text, 0.6f), px(1.5f));
  for (std::size_t i = 0; i < 2; ++i) {
    if (!ends[i]) continue;
    const ImVec2 at = place_of(*ends[i]);
    draw.AddCircle(at, px(6), theme().text, 0, px(1.5f));
    draw.AddText({at.x + px(8), at.y - px(9)}, theme().text, i == 0 ? "A" : "B");
  }
  const ImVec2 at = on_screen(coordinates_[0], axes() > 1 ? coordinates_[1] : 0);
  draw.AddCircleFilled(at, px(6), theme().surface);
  draw.AddCircle(at, px(6), theme().accent, 0, px(2.5f));
  draw.AddCircleFilled(at, px(2), theme().accent);
}

// Classes that a legend names, and the width that each of them needs.
std::pair<std::uint32_t, float> LatentPanel::legend() const {
  if (look_.labels.empty()) return {};
  const std::uint32_t classes = *std::ranges::max_element(look_.labels) + 1;
  const std::uint32_t shown = std::min(classes, std::uint32_t{24});
  float width = 0;
  for (std::uint32_t i = 0; i < shown; ++i)
    width = std::max(width, ImGui::CalcTextSize(parts::class_name(look_.classes, i).c_str()).x);
  return {shown, width + px(24)};
}

void LatentPanel::draw_entry(std::uint32_t label, ImVec2 at, float width) const {
  const float line = ImGui::GetTextLineHeight() + px(2);
  mark({at.x + px(9), at.y + line / 2}, label);
  parts::text_in({at.x + px(18), at.y}, {at.x + width - px(4), at.y + line},
                 parts::class_name(look_.classes, label), theme().text);
}

float LatentPanel::legend_height(float room) const {
  const auto [shown, width] = legend();
  const auto columns = std::max(1u, static_cast<unsigned>(room / (width + px(8))));
  const unsigned rows = (shown + columns - 1) / columns;
  return px(8) + static_cast<float>(rows) * (ImGui::GetTextLineHeight() + px(4));
}

void LatentPanel::draw_legend_below() const {
  const auto [shown, width] = legend();
  const float wide = width + px(8), line = ImGui::GetTextLineHeight() + px(4);
  const auto columns = std::max(1u, static_cast<unsigned>(scatter_.size.x / wide));
  const ImVec2 at{scatter_.at.x, scatter_.at.y + scatter_.size.y + px(8)};
  for (std::uint32_t i = 0; i < shown; ++i)
    draw_entry(i,
               {at.x + wide * static_cast<float>(i % columns),
                at.y + line * static_cast<float>(i / columns)},
               width);
}

void LatentPanel::draw_legend_over() const {
  const auto [classes, width] = legend();
  if (classes == 0 || scatter_.size.x < px(260)) return;
  const float line = ImGui::GetTextLineHeight() + px(2);
  const auto shown =
      std::min(classes, static_cast<std::uint32_t>((scatter_.size.y - px(8)) / line));
  const float wide = std::min(width, scatter_.size.x * 0.4f);
  const ImVec2 at{scatter_.at.x + px(6), scatter_.at.y + px(6)};
  ImGui::GetWindowDrawList()->AddRectFilled(
      at, {at.x + wide, at.y + line * static_cast<float>(shown) + px(4)},
      faded(theme().surface, 0.82f), px(4));
  for (std::uint32_t i = 0; i < shown; ++i)
    draw_entry(i, {at.x, at.y + px(2) + line * static_cast<float>(i)}, wide);
}

void LatentPanel::draw_controls(ImVec2 size) {
  ImGui::BeginChild("controls", size);
  const float width = ImGui::GetContentRegionAvail().x;
  if (decoded_) {
    const float side = std::min({width, px(220), std::max(px(56), size.y * 0.45f)});
    viewer::draw(decoded_, {side, side});
  } else {
    ImGui::TextDisabled("The image of the point appears here.");
  }
  draw_ends();
  ImGui::TextDisabled("principal axes, in deviations");
  for (std::size_t axis = 0; axis < std::min(axes(), most_sliders); ++axis) {
    ImGui::PushID(static_cast<int>(axis));
    auto value = static_cast<float>(coordinates_[axis]);
    const auto reach = static_cast<float>(scatter_.reach);
    const std::string name = fmt::format("axis {}", axis + 1);
    if (slider(name.c_str(), &value, -reach, reach, "%5.2f", std::max(px(60), width - px(106))))
      move_to(axis, static_cast<double>(value));
    ImGui::PopID();
  }
  if (ImGui::Button("To the mean")) {
    std::ranges::fill(coordinates_, 0);
    between_ = false;
    ask();
  }
  ImGui::EndChild();
}

// Two images by their rows, and the slider between them.
void LatentPanel::draw_ends() {
  if (places_.empty()) return;
  const float width = ImGui::GetContentRegionAvail().x;
  const int last = static_cast<int>(places_.size()) - 1;
  for (std::size_t i = 0; i < 2; ++i) {
    int code = ends[i] ? static_cast<int>(*ends[i]) : -1;
    ImGui::PushID(static_cast<int>(i));
    if (i == 1 && width > px(320)) ImGui::SameLine(0, px(12));
    ImGui::SetNextItemWidth(px(130));
    const ImVec2 at = ImGui::GetCursorScreenPos();
    if (ImGui::InputInt(i == 0 ? "A" : "B", &code)) {
      const int chosen = std::clamp(code, 0, last);
      choose_end(static_cast<std::size_t>(chosen), i == 1);
    } else if (code < 0 && !ImGui::IsItemActive()) {
      none_chosen(at, px(130));
    }
    ImGui::PopID();
  }
  if (!ends[0] || !ends[1]) {
    ImGui::TextDisabled("Choose A and B to go from one to the other.");
    return;
  }
  if (images_) {
    const float side = px(40);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    viewer::draw(images_, {side, side}, {.image = static_cast<std::int64_t>(*ends[0])});
    ImGui::SetCursorScreenPos({at.x + side + px(8), at.y});
    viewer::draw(images_, {side, side}, {.image = static_cast<std::int64_t>(*ends[1])});
    ImGui::SetCursorScreenPos({at.x, at.y + side + px(4)});
  }
  auto part = static_cast<float>(part_);
  if (slider("A to B", &part, 0, 1, "%.2f", std::max(px(60), width - px(106))))
    go_between(static_cast<double>(part));
}

Table LatentPanel::table() const {
  Table table{{"code", "class", "axis 1", "axis 2"}, {}};
  for (std::size_t i = 0; i < places_.size(); ++i)
    table.rows.push_back(
        {fmt::format("{}", i),
         i < look_.labels.size() ? parts::class_name(look_.classes, look_.labels[i]) : "",
         fmt::format("{:.6g}", places_[i][0]), fmt::format("{:.6g}", places_[i][1])});
  return table;
}

nlohmann::ordered_json LatentPanel::json() const {
  nlohmann::ordered_json json{{"classes", look_.classes},    {"labels", look_.labels},
                              {"mean", look_.axes.mean},     {"axes", look_.axes.axes},
                              {"scales", look_.axes.scales}, {"places", places_},
                              {"point", coordinates_}};
  if (look_.codes.empty()) return json;
  const auto codes = look_.codes.as<float>();
  json["codes"] = std::vector<float>(codes.begin(), codes.end());
  return json;
}

}  // namespace lemnos::viewer
