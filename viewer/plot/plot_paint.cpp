// SPDX-License-Identifier: Apache-2.0
// What of a plot is drawn: grid, curves, markers, crosshair and legend.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/plot/plot.h"
#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

void text(ImDrawList& list, ImVec2 at, ImU32 color, const std::string& words) {
  list.AddText(at, color, words.data(), words.data() + words.size());
}

float width_of(const std::string& words) {
  return ImGui::CalcTextSize(words.data(), words.data() + words.size()).x;
}

// Solid, or dashed with a dot, as the curve is.
void swatch(ImDrawList& list, ImVec2 middle, const Curve& curve, float opacity) {
  const ImU32 color = faded(curve.color, opacity);
  const float half = px(8);
  if (!curve.held_out)
    return list.AddLine({middle.x - half, middle.y}, {middle.x + half, middle.y}, color, px(2));
  list.AddLine({middle.x - half, middle.y}, {middle.x - px(4), middle.y}, color, px(2));
  list.AddLine({middle.x + px(4), middle.y}, {middle.x + half, middle.y}, color, px(2));
  list.AddCircleFilled(middle, px(2.5f), color, 10);
}

std::string value_text(double value) {
  return std::isfinite(value) ? short_number(value, 5) : std::string("not finite");
}

std::string moment_text(const Moment& moment) {
  return fmt::format("step {}   epoch {}   {}", moment.step, short_number(moment.epoch, 4),
                     short_time(moment.seconds));
}

}  // namespace

void Plot::draw_legend(ImVec2 at, float width) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float line = ImGui::GetTextLineHeight(), end = at.x + width;
  float x = at.x;
  {
    const UseFont font(fonts().title);
    text(list, {x, at.y}, theme().text, title);
    x += width_of(title) + px(16);
  }
  std::size_t left = curves.size();
  for (const Curve& curve : curves) {
    const float size = px(22) + width_of(curve.name);
    const float more = left > 1 ? px(32) : 0;
    if (x + size + more > end) break;
    --left;
    ImGui::SetCursorScreenPos({x, at.y});
    ImGui::PushID(curve.name.c_str());
    if (ImGui::InvisibleButton("legend", {size, line + px(2)}) && !hidden_.erase(curve.name))
      hidden_.insert(curve.name);
    const bool hovered = ImGui::IsItemHovered();
    ImGui::PopID();
    const bool off = hidden_.contains(curve.name);
    swatch(list, {x + px(8), at.y + line / 2}, curve, off ? 0.25f : 1);
    text(list, {x + px(22), at.y}, faded(hovered ? theme().text : theme().muted, off ? 0.5f : 1),
         curve.name);
    x += size + px(14);
  }
  if (left > 0 && x + px(32) <= end) text(list, {x, at.y}, theme().muted, fmt::format("+{}", left));
}

void Plot::draw_grid(ImDrawList& list) const {
  const UseFont numbers(fonts().numbers);
  const Theme& t = theme();
  const float line = ImGui::GetTextLineHeight();
  const float right = frame_.left + frame_.width, bottom = frame_.top + frame_.height;
  for (const Tick& tick : y_ticks_) {
    const float y = frame_.at_y(tick.value);
    rule(list, {frame_.left, y}, {right, y}, faded(t.grid, tick.label.empty() ? 0.45f : 1));
    text(list, {frame_.left - px(8) - width_of(tick.label), y - line / 2}, t.muted, tick.label);
  }
  for (const Tick& tick : x_ticks_) {
    const float x = frame_.at_x(tick.value);
    rule(list, {x, frame_.top}, {x, bottom}, faded(t.grid, tick.label.empty() ? 0.45f : 1));
    const float size = width_of(tick.label);
    text(list, {std::min(x - size / 2, right + px(8) - size), bottom + px(5)}, t.muted, tick.label);
  }
  rule(list, {frame_.left, bottom}, {right, bottom}, t.border);
}

void Plot::draw_curves(ImDrawList& list) {
  for (const Curve* curve : shown()) {
    const Series& series = *curve->series;
    const Dash dash = curve->held_out ? Dash::dashed : Dash::solid;
    const Pyramid& values = smoothed(*curve);
    if (&values != &series.values())
      paint(list, trace(series, series.values(), kind, frame_, decimate),
            faded(curve->color, theme().look == Look::light ? 0.35f : 0.3f), px(1), Dash::solid);
    paint(list, trace(series, values, kind, frame_, decimate), curve->color, px(1.6f), dash);
  }
}

// At most one sign in some pixels: a thousand checkpoints are no wall. Of what is common there is
// no line but at the pointer: it would be taken for the grid.
void Plot::draw_markers(ImDrawList& list, bool hovered) const {
  const float pointer = ImGui::GetIO().MousePos.x, near = px(5);
  std::string words;
  float last_rare = -1e9f, last_common = -1e9f;
  int more = 0;
  for (const Marker& marker : markers) {
    const float x = frame_.at_x(x_of(kind, marker.moment));
    if (x < frame_.left - near || x > frame_.left + frame_.width + near) continue;
    if (hovered && std::abs(x - pointer) <= near && ++more <= 5) words += marker.text + "\n";
    float& last = marker.common ? last_common : last_rare;
    if (std::abs(x - last) < px(marker.common ? 24 : 4)) continue;
    last = x;
    if (!marker.common || (hovered && std::abs(x - pointer) <= near))
      rule(list, {x, frame_.top}, {x, frame_.top + frame_.height}, faded(marker.color, 0.4f));
    list.AddTriangleFilled({x - px(4), frame_.top - px(6)}, {x + px(4), frame_.top - px(6)},
                           {x, frame_.top}, marker.color);
  }
  if (words.empty() || ImGui::GetIO().MousePos.y > frame_.top + px(24)) return;
  if (more > 5) words += fmt::format("and {} more\n", more - 5);
  words.pop_back();
  ImGui::SetTooltip("%s", words.c_str());
}

void Plot::draw_crosshair(ImDrawList& list, const Crosshair& crosshair, bool table) {
  const float x = frame_.at_x(crosshair.x);
  if (x < frame_.left || x > frame_.left + frame_.width) return;
  rule(list, {x, frame_.top}, {x, frame_.top + frame_.height}, faded(theme().muted, 0.6f));
  for (const Curve* curve : shown()) {
    const auto index = nearest(*curve, crosshair.x);
    const double value = index ? smoothed(*curve)[*index] : NAN;
    if (!std::isfinite(value)) continue;
    const ImVec2 at{frame_.at_x(curve->series->x(kind, *index)), frame_.at_y(value)};
    list.AddCircleFilled(at, px(4.5f), theme().surface, 16);
    list.AddCircleFilled(at, px(3), curve->color, 16);
  }
  if (table) draw_table(list, x, crosshair.x);
}

void Plot::draw_table(ImDrawList& list, float x, double value) {
  struct Row {
    const Curve* curve;
    std::string value;
  };
  std::vector<Row> rows;
  std::string head;
  float names = 0, numbers = 0;
  for (const Curve* curve : shown()) {
    const auto index = nearest(*curve, value);
    if (!index || rows.size() == 12) continue;
    if (head.empty()) head = moment_text(curve->series->moment(*index));
    rows.push_back({curve, value_text(smoothed(*curve)[*index])});
    names = std::max(names, width_of(curve->name));
    numbers = std::max(numbers, width_of(rows.back().value));
  }
  if (rows.empty() || box_) return;
  const float pad = px(10), line = ImGui::GetTextLineHeightWithSpacing();
  const float width = std::max(width_of(head), px(24) + names + px(20) + numbers) + 2 * pad;
  const float height = line * static_cast<float>(rows.size() + 1) + 2 * pad - px(4);
  const float right = frame_.left + frame_.width;
  float left = x + px(12);
  if (left + width > right) left = std::max(frame_.left, x - px(12) - width);
  const float top = frame_.top + px(6);
  list.AddRectFilled({left, top}, {left + width, top + height}, faded(theme().raised, 0.94f),
                     px(6));
  list.AddRect({left, top}, {left + width, top + height}, theme().border, px(6));
  text(list, {left + pad, top + pad}, theme().muted, head);
  float y = top + pad + line;
  for (const Row& row : rows) {
    swatch(list, {left + pad + px(8), y + ImGui::GetTextLineHeight() / 2}, *row.curve, 1);
    text(list, {left + pad + px(24), y}, theme().text, row.curve->name);
    text(list, {left + width - pad - width_of(row.value), y}, theme().text, row.value);
    y += line;
  }
}

void Plot::draw_box(ImDrawList& list) const {
  if (!box_) return;
  list.AddRectFilled(*box_, ImGui::GetIO().MousePos, faded(theme().accent, 0.15f));
  const ImVec2 end = ImGui::GetIO().MousePos;
  list.AddRect({std::min(box_->x, end.x), std::min(box_->y, end.y)},
               {std::max(box_->x, end.x), std::max(box_->y, end.y)}, theme().accent);
}

}  // namespace lemnos::viewer
