// SPDX-License-Identifier: Apache-2.0
#include "viewer/plot/plot.h"

#include <algorithm>
#include <cmath>

#include "viewer/theme.h"

namespace lemnos::viewer {
namespace {

constexpr double wheel_step = 0.85, key_step = 0.1, margin = 0.06;

bool pressed(ImGuiKey key) {
  const int index = ImGui::GetKeyIndex(key);
  return index >= 0 && ImGui::IsKeyPressed(index);
}

bool typed(ImWchar letter) {
  const auto& queue = ImGui::GetIO().InputQueueCharacters;
  return std::find(queue.begin(), queue.end(), letter) != queue.end();
}

}  // namespace

const Pyramid& Plot::smoothed(const Curve& curve) {
  if (smoothing <= 0 || curve.held_out) return curve.series->values();
  return smoothed_[curve.series].of(*curve.series, smoothing);
}

std::vector<const Curve*> Plot::shown() const {
  std::vector<const Curve*> all;
  for (const Curve& curve : curves) {
    if (curve.series != nullptr && !curve.series->empty() && !hidden_.contains(curve.name))
      all.push_back(&curve);
  }
  return all;
}

// None where the curve has ended, or not begun, far from there.
std::optional<std::size_t> Plot::nearest(const Curve& curve, double x) const {
  const Series& series = *curve.series;
  const double room = 0.02 * (frame_.x.high - frame_.x.low);
  if (x < series.x(kind, 0) - room || x > series.x(kind, series.size() - 1) + room)
    return std::nullopt;
  return series.nearest(kind, x);
}

void Plot::choose_axes() {
  if (kind != drawn_kind_ || log_x != drawn_log_x_ || log_y != drawn_log_y_) fitted_ = true;
  drawn_kind_ = kind;
  drawn_log_x_ = log_x;
  drawn_log_y_ = log_y;
  if (!fitted_) return;
  Extremes x = least_x, y;
  frame_.x.log = log_x;
  frame_.y.log = log_y;
  for (const Curve* curve : shown()) {
    x.add(curve->series->x(kind, 0));
    x.add(curve->series->x(kind, curve->series->size() - 1));
  }
  frame_.x.fit(x, 0.012);
  for (const Curve* curve : shown())
    y.add(
        visible_extremes(*curve->series, curve->series->values(), kind, frame_.x, ignore_outliers));
  frame_.y.fit(y, margin);
}

// Room for the labels beside and below, as wide as they are.
void Plot::lay_out(ImVec2 at, ImVec2 size) {
  const UseFont numbers(fonts().numbers);
  const float line = ImGui::GetTextLineHeight();
  const float head = ImGui::GetTextLineHeight() + px(14), foot = line + px(8);
  frame_.top = at.y + head;
  frame_.height = std::max(px(20), size.y - head - foot);
  y_ticks_ = ticks(frame_.y, std::max(2, static_cast<int>(frame_.height / (line * 2))));
  float widest = px(24);
  for (const Tick& tick : y_ticks_)
    widest = std::max(widest, ImGui::CalcTextSize(tick.label.c_str()).x);
  frame_.left = at.x + widest + px(8);
  frame_.width = std::max(px(20), size.x - widest - px(8) - px(10));
  // Fewer until they do not touch: how wide labels are is not known before they are chosen.
  const Unit unit = kind == XKind::seconds ? Unit::seconds : Unit::number;
  for (int most = std::max(2, static_cast<int>(frame_.width / px(70))); most > 0; --most) {
    x_ticks_ = ticks(frame_.x, most, unit);
    float end = -1e9f;
    bool touch = false;
    for (const Tick& tick : x_ticks_) {
      if (tick.label.empty()) continue;
      const float half = ImGui::CalcTextSize(tick.label.c_str()).x / 2, x = frame_.at_x(tick.value);
      touch = touch || x - half < end + px(12);
      end = x + half;
    }
    if (!touch) break;
  }
}

void Plot::draw(const char* id, ImVec2 size, Crosshair& crosshair) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  size = {std::max(size.x, px(80)), std::max(size.y, px(70))};
  ImGui::PushID(id);
  std::erase_if(smoothed_, [&](const auto& kept) {
    return std::ranges::none_of(curves, [&](const Curve& c) { return c.series == kept.first; });
  });
  choose_axes();
  lay_out(at, size);
  draw_legend(at, size.x);

  ImGui::SetCursorScreenPos({frame_.left, frame_.top});
  ImGui::InvisibleButton("area", {frame_.width, frame_.height},
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
  const bool hovered = ImGui::IsItemHovered();
  point(hovered);
  type(hovered || ImGui::IsItemFocused());
  if (hovered) {
    const double place = (ImGui::GetIO().MousePos.x - frame_.left) / frame_.width;
    crosshair = {frame_.x.value(place), ImGui::GetFrameCount()};
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  draw_grid(list);
  list.PushClipRect({frame_.left, frame_.top - px(8)},
                    {frame_.left + frame_.width, frame_.top + frame_.height + 1}, true);
  draw_markers(list, hovered);
  draw_curves(list);
  draw_box(list);
  if (ImGui::GetFrameCount() - crosshair.frame <= 1) draw_crosshair(list, crosshair, hovered);
  list.PopClipRect();
  ImGui::SetCursorScreenPos(at);
  ImGui::Dummy(size);
  ImGui::PopID();
}

// ---- what the user does ------------------------------------------------------------------------

void Plot::point(bool hovered) {
  const ImGuiIO& io = ImGui::GetIO();
  const auto place_x = [&](float x) { return (x - frame_.left) / frame_.width; };
  const auto place_y = [&](float y) { return 1 - (y - frame_.top) / frame_.height; };
  if (hovered && ImGui::IsMouseDoubleClicked(0)) {
    box_.reset();
    return fit();
  }
  if (hovered && io.MouseWheel != 0) {
    const double factor = std::pow(wheel_step, io.MouseWheel);
    if (!io.KeyCtrl) frame_.x.zoom(factor, place_x(io.MousePos.x));
    if (!io.KeyShift) frame_.y.zoom(factor, place_y(io.MousePos.y));
    fitted_ = false;
  }
  if (ImGui::IsItemActivated() && (io.MouseDown[1] || io.KeyShift)) box_ = io.MousePos;
  if (box_ && ImGui::IsItemDeactivated()) {
    const ImVec2 end = io.MousePos;
    if (std::abs(end.x - box_->x) > px(4) && std::abs(end.y - box_->y) > px(4)) {
      frame_.x.show(place_x(box_->x), place_x(end.x));
      frame_.y.show(place_y(box_->y), place_y(end.y));
      fitted_ = false;
    }
    box_.reset();
  }
  if (!box_ && ImGui::IsItemActive() && ImGui::IsMouseDragging(0)) {
    frame_.x.pan(-io.MouseDelta.x / frame_.width);
    frame_.y.pan(io.MouseDelta.y / frame_.height);
    fitted_ = fitted_ && io.MouseDelta.x == 0 && io.MouseDelta.y == 0;
  }
}

void Plot::type(bool captured) {
  if (!captured || ImGui::GetIO().WantTextInput || ImGui::GetIO().KeyCtrl) return;
  const Frame before = frame_;
  if (pressed(ImGuiKey_LeftArrow)) frame_.x.pan(-key_step);
  if (pressed(ImGuiKey_RightArrow)) frame_.x.pan(key_step);
  if (pressed(ImGuiKey_UpArrow)) frame_.y.pan(key_step);
  if (pressed(ImGuiKey_DownArrow)) frame_.y.pan(-key_step);
  for (const auto& [letter, factor] : {std::pair{'+', 0.8}, {'-', 1.25}}) {
    if (!typed(static_cast<ImWchar>(letter))) continue;
    frame_.x.zoom(factor, 0.5);
    frame_.y.zoom(factor, 0.5);
  }
  if (!(before.x == frame_.x) || !(before.y == frame_.y)) fitted_ = false;
  if (pressed(ImGuiKey_Home)) fit();
  if (typed('l') || typed('L')) log_y = !log_y;
}

}  // namespace lemnos::viewer
