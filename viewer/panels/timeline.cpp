// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/timeline.h"

#include <fmt/format.h>
#include <imgui/imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "nn/chrome_trace.h"
#include "viewer/panels/parts.h"
#include "viewer/panels/profile_text.h"
#include "viewer/panels/quantity.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

constexpr float gutter = 164, axis = 22, detail = 88;

std::string tick_text(double seconds, double step) {
  const double milliseconds = seconds * 1e3;
  const int digits = std::clamp(static_cast<int>(std::ceil(-std::log10(step * 1e3) - 1e-9)), 0, 6);
  return fmt::format("{:.{}f}", milliseconds, digits);
}

void text_at(ImDrawList& list, ImFont* font, ImVec2 at, ImU32 color, const std::string& text) {
  if (font == nullptr) font = ImGui::GetFont();
  list.AddText(font, font->FontSize, at, color, text.c_str());
}

ImVec2 size_of_text(ImFont* font, const std::string& text) {
  const UseFont use(font);
  return ImGui::CalcTextSize(text.c_str());
}

// Again and again while it is held.
bool pressed(char key) {
  const ImGuiIO& io = ImGui::GetIO();
  return !io.WantTextInput && !io.KeyCtrl && ImGui::IsKeyPressed(key);
}

}  // namespace

void TimelinePanel::set(std::shared_ptr<const StepProfile> profile) {
  profile_ = std::move(profile);
  hovered_.reset();
  choice->dispatch.reset();
  bars_ = profile_ ? bars_of(*profile_) : TimelineBars{};
  range_ = {0, profile_ ? profile_->seconds() : 0};
}

void TimelinePanel::draw() {
  if (!profile_ || profile_->dispatches.empty()) return say_how_to_profile();
  draw_summary();
  const float below = ImGui::GetContentRegionAvail().y - px(detail);
  // Lanes stay as high as their names; what is said below is scrolled to where there is no room.
  const float names = px(axis) + px(17) * static_cast<float>(bars_.rows.size());
  draw_canvas(std::max(below, std::max(px(80), names)));
  draw_detail();
}

void TimelinePanel::draw_summary() {
  draw_profile_summary(*profile_);
  const float width = ImGui::CalcTextSize("Fit").x + 2 * ImGui::GetStyle().FramePadding.x;
  ImGui::SameLine(std::max(ImGui::GetContentRegionMax().x - width, px(8)));
  if (button("Fit", "The whole step (0)")) range_ = {0, profile_->seconds()};
}

void TimelinePanel::draw_canvas(float height) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float whole = std::max(ImGui::GetContentRegionAvail().x, px(60));
  const float left = whole > px(360) ? px(gutter) : 0;
  const float rows = height - px(axis);
  const float lane = std::clamp(rows / static_cast<float>(bars_.lanes), px(6), px(34));
  const TimelinePlace place{
      .from = {at.x + left, at.y + px(axis)}, .width = whole - left, .lane = lane, .range = range_};
  ImGui::InvisibleButton("canvas", {whole, height});
  ImGui::SetItemUsingMouseWheel();
  hovered_.reset();
  use_mouse(place);
  use_keys(place);

  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(at, {at.x + whole, at.y + height}, true);
  draw_rows(list, place, at.x);
  list.PushClipRect({place.from.x, at.y}, {at.x + whole, at.y + height}, true);
  draw_waves(list, place);
  draw_axis(list, place);
  draw_bars(list, place);
  list.PopClipRect();
  list.PopClipRect();
}

// Every other wave is shaded, where they are wide enough to be told apart.
void TimelinePanel::draw_waves(ImDrawList& list, const TimelinePlace& place) const {
  const auto& all = profile_->dispatches;
  const float top = place.from.y, bottom = top + place.lane * static_cast<float>(bars_.lanes);
  for (std::size_t first = 0, next = 0; first < all.size(); first = next) {
    for (next = first; next < all.size() && all[next].wave == all[first].wave;) ++next;
    const float left = place.x(all[first].begin), right = place.x(all[next - 1].end);
    if (all[first].wave % 2 == 0 || right - left < 2 || right < place.from.x) continue;
    if (left > place.from.x + place.width) break;
    list.AddRectFilled({left, top}, {right, bottom}, faded(theme().raised, 0.6f));
  }
}

void TimelinePanel::draw_axis(ImDrawList& list, const TimelinePlace& place) const {
  const double step =
      tick_seconds(range_.seconds(), std::max(2, static_cast<int>(place.width / px(90))));
  const float bottom = place.from.y + place.lane * static_cast<float>(bars_.lanes);
  for (double tick = std::ceil(range_.begin / step) * step; tick <= range_.end; tick += step) {
    const float x = place.x(tick);
    rule(list, {x, place.from.y - px(4)}, {x, bottom}, theme().grid);
    const bool last = tick + step > range_.end;
    const std::string text = tick_text(tick, step) + (last ? " ms" : "");
    const float width = size_of_text(fonts().numbers, text).x;
    const float right = place.from.x + place.width;
    text_at(list, fonts().numbers,
            {std::clamp(x - width / 2, place.from.x, right - width), place.from.y - px(axis)},
            theme().muted, text);
  }
}

void TimelinePanel::draw_rows(ImDrawList& list, const TimelinePlace& place, float left) const {
  const double whole = std::max(profile_->total().seconds, 1e-12);
  for (const TimelineRow& row : bars_.rows) {
    const float top = place.from.y + place.lane * static_cast<float>(row.first_lane);
    const float height = place.lane * static_cast<float>(row.lanes);
    rule(list, {left, top + height}, {place.from.x + place.width, top + height}, theme().grid);
    if (place.from.x - left < 1) continue;
    const std::string name(name_of(row.family)), share = share_text(row.seconds / whole);
    const ImVec2 size = size_of_text(fonts().numbers, share);
    const float y = top + (height - size.y) / 2;
    const float dot = px(8);
    list.AddRectFilled({left, top + (height - dot) / 2}, {left + dot, top + (height + dot) / 2},
                       color_of(row.family), px(2));
    list.PushClipRect({left, top}, {place.from.x - size.x - px(12), top + height}, true);
    text_at(list, nullptr, {left + dot + px(6), y}, theme().text, name);
    list.PopClipRect();
    text_at(list, fonts().numbers, {place.from.x - size.x - px(8), y}, theme().muted, share);
  }
}

bool TimelinePanel::chosen(std::size_t dispatch) const {
  if (choice->dispatch) return *choice->dispatch == dispatch;
  return !choice->op.empty() && profile_->dispatches[dispatch].op == choice->op;
}

void TimelinePanel::draw_bars(ImDrawList& list, const TimelinePlace& place) const {
  const bool some = choice->dispatch || !choice->op.empty();
  std::vector<float> drawn(bars_.lanes, -1e9f);  // up to here, in each lane
  for (const TimelineBar& bar : bars_.bars) {
    const DispatchProfile& dispatch = profile_->dispatches[bar.dispatch];
    const float left = std::floor(place.x(dispatch.begin));
    const float right = std::max(place.x(dispatch.end) - 1, left + 1);
    if (right < place.from.x || left > place.from.x + place.width) continue;
    const bool lit = chosen(bar.dispatch) || hovered_ == bar.dispatch;
    if (right <= drawn[bar.lane] && !lit) continue;  // a pixel that has one already
    drawn[bar.lane] = right;
    const float top = place.from.y + place.lane * static_cast<float>(bar.lane) + px(2);
    const float bottom = top + place.lane - px(4);
    const ImU32 color = color_of(family_of_bar(bar));
    const float round = right - left > px(6) ? px(2) : 0;
    list.AddRectFilled({left, top}, {right, bottom},
                       faded(color, lit    ? 1
                                    : some ? 0.3f
                                           : 0.85f),
                       round);
    if (lit) list.AddRect({left, top}, {right, bottom}, theme().text, round, 0, px(1.5f));
    const ImVec2 size = ImGui::CalcTextSize(dispatch.op.c_str());
    if (right - left < std::min(size.x, px(40)) + px(12) || bottom - top < size.y) continue;
    const ImU32 ground = parts::mixed(theme().surface, color, lit ? 1 : some ? 0.3f : 0.85f);
    parts::text_in({std::max(left, place.from.x) + px(6), top},
                   {std::min(right, place.from.x + place.width) - px(4), bottom}, dispatch.op,
                   text_on(ground));
  }
}

OpFamily TimelinePanel::family_of_bar(const TimelineBar& bar) const {
  const auto row = std::ranges::find_if(
      bars_.rows, [&](const TimelineRow& each) { return bar.lane < each.first_lane + each.lanes; });
  return row->family;
}

void TimelinePanel::use_mouse(const TimelinePlace& place) {
  const ImGuiIO& io = ImGui::GetIO();
  const double whole = profile_->seconds();
  if (ImGui::IsItemHovered()) {
    hovered_ = bar_at(*profile_, bars_, place, io.MousePos);
    if (io.MouseWheel != 0)
      range_.zoom(std::pow(0.8, static_cast<double>(io.MouseWheel)), place.seconds(io.MousePos.x),
                  whole);
    if (io.MouseWheelH != 0)
      range_.pan(-0.1 * static_cast<double>(io.MouseWheelH) * range_.seconds(), whole);
    if (hovered_) show_tooltip(*profile_, *hovered_);
  }
  if (ImGui::IsItemActive() && io.MouseDelta.x != 0)
    range_.pan(-static_cast<double>(io.MouseDelta.x / place.width) * range_.seconds(), whole);
  const bool clicked =
      ImGui::IsItemDeactivated() && ImGui::GetMouseDragDelta(ImGuiMouseButton_Left, 0).x == 0;
  if (!clicked) return;
  choice->dispatch = bar_at(*profile_, bars_, place, io.MousePos);
  choice->op.clear();
  if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) range_ = {0, whole};
}

void TimelinePanel::use_keys(const TimelinePlace& place) {
  if (!ImGui::IsItemHovered() && !ImGui::IsItemFocused()) return;
  const double whole = profile_->seconds();
  const double around = ImGui::IsItemHovered() ? place.seconds(ImGui::GetIO().MousePos.x)
                                               : (range_.begin + range_.end) / 2;
  if (pressed('W') || pressed('=')) range_.zoom(0.8, around, whole);
  if (pressed('S') || pressed('-')) range_.zoom(1.25, around, whole);
  if (pressed('A')) range_.pan(-0.1 * range_.seconds(), whole);
  if (pressed('D')) range_.pan(0.1 * range_.seconds(), whole);
  if (pressed('0')) range_ = {0, whole};
  if (pressed(',')) step_to(-1);
  if (pressed('.')) step_to(1);
}

// The dispatch before or after the chosen one, which is brought into view.
void TimelinePanel::step_to(std::ptrdiff_t by) {
  const auto last = static_cast<std::ptrdiff_t>(profile_->dispatches.size()) - 1;
  std::ptrdiff_t next = by > 0 ? 0 : last;
  if (choice->dispatch) next = static_cast<std::ptrdiff_t>(*choice->dispatch) + by;
  choice->dispatch = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(next, 0, last));
  choice->op.clear();
  const DispatchProfile& dispatch = profile_->dispatches[*choice->dispatch];
  if (dispatch.begin < range_.begin || dispatch.end > range_.end)
    range_.pan((dispatch.begin + dispatch.end - range_.begin - range_.end) / 2,
               profile_->seconds());
}

void TimelinePanel::draw_detail() const {
  const auto shown = hovered_ ? hovered_ : choice->dispatch;
  if (shown) return draw_dispatch(*profile_, *shown);
  ImGui::PushStyleColor(ImGuiCol_Text, theme().muted);
  ImGui::TextWrapped(
      "Point at a bar for its figures. Wheel or W, S: zoom; drag or A, D: pan; comma, dot: from "
      "dispatch to dispatch. Dispatches are timed one by one; an ordinary step runs those of a "
      "wave "
      "(shaded) side by side.");
  ImGui::PopStyleColor();
}

Table TimelinePanel::table() const { return profile_ ? dispatch_table(*profile_) : Table{}; }

nlohmann::ordered_json TimelinePanel::json() const {
  return nlohmann::ordered_json::parse(chrome_trace(profile_ ? *profile_ : StepProfile{}));
}

}  // namespace lemnos::viewer
