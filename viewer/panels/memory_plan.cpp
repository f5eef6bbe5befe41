// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/panels/op_family.h"
#include "viewer/panels/parts.h"
#include "viewer/panels/quantity.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

constexpr float left = 76, below = 26;  // of the axes

std::string name_of(const PlannedBlock& block) {
  const std::string op = block.label.substr(0, block.label.find("  "));
  return block.scratch ? "scratch of " + op : op;
}

// A power of two, so that there are at most `count` of them.
double tick_bytes(double bytes, int count) {
  double tick = 1;
  while (bytes / tick > count) tick *= 2;
  return tick;
}

void dashed(ImDrawList& list, ImVec2 from, float right, ImU32 color) {
  for (float x = from.x; x < right; x += px(8))
    list.AddLine({x, from.y}, {std::min(x + px(4), right), from.y}, color, px(1.5f));
}

void label(ImDrawList& list, ImVec2 right_bottom, ImU32 color, const std::string& text) {
  const UseFont numbers(fonts().numbers);
  const ImVec2 size = ImGui::CalcTextSize(text.c_str());
  list.AddText({right_bottom.x - size.x, right_bottom.y - size.y}, color, text.c_str());
}

}  // namespace

MemoryPlace memory_place(const MemoryView& view, ImVec2 from, ImVec2 size) {
  return {.from = from,
          .size = size,
          .waves = static_cast<double>(std::max<std::size_t>(view.alive.size(), 1)),
          .bytes = static_cast<double>(std::max<std::uint64_t>(view.bytes, 1)) * 1.08};
}

std::optional<std::size_t> block_at(const MemoryView& view, const MemoryPlace& place,
                                    ImVec2 point) {
  for (std::size_t i = 0; i < view.blocks.size(); ++i) {
    const PlannedBlock& block = view.blocks[i];
    const auto bottom = static_cast<double>(block.offset);
    if (point.x >= place.x(block.first_wave) && point.x < place.x(block.last_wave + 1.0) &&
        point.y <= place.y(bottom) && point.y > place.y(bottom + static_cast<double>(block.bytes)))
      return i;
  }
  return std::nullopt;
}

void MemoryPlanPanel::set(std::shared_ptr<const MemoryView> view) {
  view_ = std::move(view);
  selected.reset();
  hovered_.reset();
  largest_ = view_ ? largest_blocks(*view_) : std::vector<std::size_t>{};
}

void MemoryPlanPanel::draw() {
  if (!view_ || view_->blocks.empty()) {
    empty_note("No memory plan",
               view_ ? "This step keeps no values in memory of its own."
                     : "Start a run to see which bytes of the device hold what, and when.");
    return;
  }
  draw_summary();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  if (room.x >= px(640)) {
    const float list = std::min(px(460), room.x * 0.48f);
    draw_chart({room.x - list - gap, room.y});
    ImGui::SameLine();
    draw_largest({list, room.y});
  } else {
    draw_chart({room.x, std::max(room.y * 0.6f, px(120))});
    draw_largest({room.x, std::max(ImGui::GetContentRegionAvail().y, px(80))});
  }
}

void MemoryPlanPanel::draw_summary() const {
  std::string text =
      fmt::format("arena {}, lower bound {}, {} values in {} waves", bytes_text(view_->bytes),
                  bytes_text(view_->lower_bound), view_->blocks.size(), view_->alive.size());
  if (view_->budget != 0) text += fmt::format(", the device has {}", bytes_text(view_->budget));
  ImGui::PushStyleColor(ImGuiCol_Text, theme().muted);
  ImGui::TextWrapped("%s", text.c_str());
  ImGui::PopStyleColor();
}

void MemoryPlanPanel::draw_chart(ImVec2 size) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float legend = px(20);
  const MemoryPlace place = memory_place(
      *view_, {at.x + px(left), at.y + legend},
      {std::max(size.x - px(left), px(40)), std::max(size.y - px(below) - legend, px(40))});
  ImGui::InvisibleButton("blocks", {std::max(size.x, 1.0f), std::max(size.y, 1.0f)});
  hovered_.reset();
  if (ImGui::IsItemHovered()) hovered_ = block_at(*view_, place, ImGui::GetIO().MousePos);
  if (hovered_) show_tooltip(*hovered_);
  if (ImGui::IsItemClicked()) selected = hovered_;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(at, {at.x + size.x, at.y + size.y}, true);
  draw_axes(list, place);
  draw_blocks(list, place);
  draw_lines(list, place);
  list.PopClipRect();
}

void MemoryPlanPanel::draw_axes(ImDrawList& list, const MemoryPlace& place) const {
  const float right = place.from.x + place.size.x, bottom = place.from.y + place.size.y;
  const double step = tick_bytes(place.bytes, std::max(2, static_cast<int>(place.size.y / px(44))));
  for (double bytes = 0; bytes <= place.bytes; bytes += step) {
    const float y = place.y(bytes);
    rule(list, {place.from.x, y}, {right, y}, theme().grid);
    label(list, {place.from.x - px(8), y + px(7)}, theme().muted,
          bytes_text(static_cast<std::uint64_t>(bytes)));
  }
  label(list, {place.from.x - px(8), bottom + px(5) + ImGui::GetTextLineHeight()}, theme().muted,
        "wave");
  const double waves =
      std::max(1.0, std::ceil(place.waves / std::max(1.0f, place.size.x / px(80))));
  for (double wave = 0; wave < place.waves; wave += waves) {
    const float x = place.x(wave + 0.5);
    const std::string text = fmt::format("{:.0f}", wave);
    const UseFont numbers(fonts().numbers);
    list.AddText({x - ImGui::CalcTextSize(text.c_str()).x / 2, bottom + px(5)}, theme().muted,
                 text.c_str());
  }
}

void MemoryPlanPanel::draw_blocks(ImDrawList& list, const MemoryPlace& place) const {
  for (std::size_t i = 0; i < view_->blocks.size(); ++i) {
    const PlannedBlock& block = view_->blocks[i];
    const auto offset = static_cast<double>(block.offset);
    const ImVec2 top{place.x(block.first_wave), place.y(offset + static_cast<double>(block.bytes))};
    const ImVec2 end{place.x(block.last_wave + 1.0), place.y(offset)};
    const bool lit = selected == i || hovered_ == i;
    const ImU32 color = color_of(family_of(block.label));
    const float opacity = lit ? 1 : selected ? 0.35f : block.scratch ? 0.45f : 0.8f;
    const float gap_x = end.x - top.x > px(4) ? 0.5f : 0, gap_y = end.y - top.y > px(4) ? 0.5f : 0;
    list.AddRectFilled({top.x + gap_x, top.y + gap_y},
                       {std::max(end.x - gap_x, top.x + 1), std::max(end.y - gap_y, top.y + 1)},
                       faded(color, opacity));
    if (lit) list.AddRect(top, end, theme().text, 0, 0, px(1.5f));
    if (end.x - top.x < px(72) || end.y - top.y < ImGui::GetTextLineHeight() + px(4)) continue;
    parts::text_in({top.x + px(6), top.y}, {end.x - px(6), end.y}, block.label,
                   text_on(parts::mixed(theme().surface, color, opacity)));
  }
}

// Bytes alive in each wave, and the bound that the highest of them sets.
void MemoryPlanPanel::draw_lines(ImDrawList& list, const MemoryPlace& place) const {
  const float right = place.from.x + place.size.x;
  const float arena = place.y(static_cast<double>(view_->bytes));
  const float bound = place.y(static_cast<double>(view_->lower_bound));
  std::vector<ImVec2> steps;
  for (std::size_t wave = 0; wave < view_->alive.size(); ++wave) {
    const float y = place.y(static_cast<double>(view_->alive[wave]));
    steps.push_back({place.x(static_cast<double>(wave)), y});
    steps.push_back({place.x(static_cast<double>(wave + 1)), y});
  }
  list.AddPolyline(steps.data(), static_cast<int>(steps.size()), theme().text, 0, px(1.5f));
  list.AddLine({place.from.x, arena}, {right, arena}, theme().warning, px(1.5f));
  dashed(list, {place.from.x, bound}, right, theme().good);
  if (view_->budget != 0 && static_cast<double>(view_->budget) < place.bytes)
    list.AddLine({place.from.x, place.y(static_cast<double>(view_->budget))},
                 {right, place.y(static_cast<double>(view_->budget))}, theme().error, px(1.5f));
  float x = place.from.x;
  const auto key = [&](const char* text, ImU32 color, bool dash) {
    const float y = place.from.y - px(12);
    if (dash)
      dashed(list, {x, y}, x + px(18), color);
    else
      list.AddLine({x, y}, {x + px(18), y}, color, px(1.5f));
    list.AddText({x + px(24), y - ImGui::GetTextLineHeight() / 2}, theme().muted, text);
    x += px(24 + 16) + ImGui::CalcTextSize(text).x;
  };
  key("arena", theme().warning, false);
  key("lower bound", theme().good, true);
  key("in use", theme().text, false);
}

void MemoryPlanPanel::show_tooltip(std::size_t index) const {
  const PlannedBlock& block = view_->blocks[index];
  ImGui::BeginTooltip();
  ImGui::TextUnformatted((block.scratch ? "scratch of " + block.label : block.label).c_str());
  ImGui::PushStyleColor(ImGuiCol_Text, theme().muted);
  ImGui::TextUnformatted(fmt::format("{} at {}, waves {} to {}", bytes_text(block.bytes),
                                     bytes_text(block.offset), block.first_wave, block.last_wave)
                             .c_str());
  ImGui::PopStyleColor();
  ImGui::EndTooltip();
}

void MemoryPlanPanel::draw_largest(ImVec2 size) {
  constexpr ImGuiTableFlags flags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg;
  if (!ImGui::BeginTable("largest", 3, flags, size)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("largest values", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("bytes", ImGuiTableColumnFlags_WidthFixed, px(70));
  ImGui::TableSetupColumn("waves", ImGuiTableColumnFlags_WidthFixed, px(54));
  parts::table_head(3, 1);
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(largest_.size()));
  while (clipper.Step())
    for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row) {
      const std::size_t i = largest_[static_cast<std::size_t>(row)];
      const PlannedBlock& block = view_->blocks[i];
      ImGui::PushID(row);
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      const ImVec2 at = ImGui::GetCursorScreenPos();
      const float room = ImGui::GetContentRegionAvail().x, line = ImGui::GetTextLineHeight();
      if (ImGui::Selectable("##value", selected == i, ImGuiSelectableFlags_SpanAllColumns))
        selected = selected == i ? std::nullopt : std::optional(i);
      parts::text_in(at, {at.x + room, at.y + line}, name_of(block), theme().text);
      const UseFont numbers(fonts().numbers);
      for (const std::string& text :
           {bytes_text(block.bytes), fmt::format("{}–{}", block.first_wave, block.last_wave)}) {
        ImGui::TableNextColumn();
        const float left = ImGui::GetContentRegionAvail().x - ImGui::CalcTextSize(text.c_str()).x;
        ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(left, 0.0f));
        ImGui::TextUnformatted(text.c_str());
      }
      ImGui::PopID();
    }
  ImGui::EndTable();
}

Table MemoryPlanPanel::table() const {
  Table table{{"label", "scratch", "offset", "bytes", "first_wave", "last_wave"}, {}};
  if (!view_) return table;
  for (const PlannedBlock& block : view_->blocks)
    table.rows.push_back({block.label, block.scratch ? "1" : "0", fmt::format("{}", block.offset),
                          fmt::format("{}", block.bytes), fmt::format("{}", block.first_wave),
                          fmt::format("{}", block.last_wave)});
  return table;
}

nlohmann::ordered_json MemoryPlanPanel::json() const {
  nlohmann::ordered_json json;
  if (!view_) return json;
  json = {{"arena_bytes", view_->bytes},
          {"arena_lower_bound", view_->lower_bound},
          {"alive_bytes", view_->alive},
          {"blocks", nlohmann::ordered_json::array()}};
  for (const PlannedBlock& block : view_->blocks)
    json["blocks"].push_back({{"label", block.label},
                              {"scratch", block.scratch},
                              {"offset", block.offset},
                              {"bytes", block.bytes},
                              {"first_wave", block.first_wave},
                              {"last_wave", block.last_wave}});
  return json;
}

}  // namespace lemnos::viewer
