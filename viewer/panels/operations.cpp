// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/operations.h"

#include <fmt/format.h>
#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "viewer/panels/parts.h"
#include "viewer/panels/profile_text.h"
#include "viewer/panels/quantity.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

std::string_view name_of(const DispatchProfile& dispatch, OperationGroup group) {
  switch (group) {
    case OperationGroup::op:
      return dispatch.op;
    case OperationGroup::kernel:
      return dispatch.kernel;
    case OperationGroup::dispatch:
      return dispatch.label;
  }
  return {};
}

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end() ||
         part.empty();
}

double rate(double amount, double seconds) { return seconds > 0 ? amount / seconds : 0; }

// What a column sorts by; names are not numbers.
double key(const OperationRow& row, OperationColumn column) {
  switch (column) {
    case OperationColumn::name:
      return 0;
    case OperationColumn::count:
      return static_cast<double>(row.count);
    case OperationColumn::time:
    case OperationColumn::share:
      return row.seconds;
    case OperationColumn::bandwidth:
      return rate(static_cast<double>(row.bytes), row.seconds);
    case OperationColumn::arithmetic:
      return rate(row.flops, row.seconds);
    case OperationColumn::bytes:
      return static_cast<double>(row.bytes);
  }
  return 0;
}

std::vector<OperationRow> grouped(const StepProfile& profile, OperationGroup group) {
  std::vector<OperationRow> rows;
  std::map<std::string_view, std::size_t> known;
  for (std::size_t i = 0; i < profile.dispatches.size(); ++i) {
    const DispatchProfile& dispatch = profile.dispatches[i];
    const std::string_view name = name_of(dispatch, group);
    const auto [entry, added] = known.try_emplace(name, rows.size());
    if (added || group == OperationGroup::dispatch) {
      rows.push_back({.name = std::string(name),
                      .op = dispatch.op,
                      .kernel = dispatch.kernel,
                      .count = 0,
                      .dispatch = i});
    }
    OperationRow& row = group == OperationGroup::dispatch ? rows.back() : rows[entry->second];
    ++row.count;
    row.seconds += dispatch.seconds();
    row.bytes += dispatch.bytes;
    row.flops += dispatch.flops;
  }
  return rows;
}

void number(const std::string& text) {
  const UseFont numbers(fonts().numbers);
  const float room = ImGui::GetContentRegionAvail().x - ImGui::CalcTextSize(text.c_str()).x;
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(room, 0.0f));
  ImGui::TextUnformatted(text.c_str());
}

void share_bar(double share, ImU32 color) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, line = ImGui::GetTextLineHeight();
  const float label = px(56), room = std::max(width - label, px(8));
  const float top = at.y + line / 2 - px(3), bottom = top + px(6);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled({at.x, top}, {at.x + room, bottom}, theme().raised, px(3));
  const float part = room * std::clamp(static_cast<float>(share), 0.0f, 1.0f);
  if (part >= 1)
    list.AddRectFilled({at.x, top}, {at.x + part, bottom}, color, std::min(part / 2, px(3)));
  number(share_text(share));
}

}  // namespace

std::vector<OperationRow> operation_rows(const StepProfile& profile, const OperationOrder& order) {
  std::vector<OperationRow> rows = grouped(profile, order.group);
  const double whole = std::max(profile.total().seconds, 1e-12);
  for (OperationRow& row : rows) row.share = row.seconds / whole;
  std::erase_if(rows, [&](const OperationRow& row) { return !contains(row.name, order.filter); });
  std::ranges::stable_sort(rows, [&](const OperationRow& a, const OperationRow& b) {
    const OperationRow &first = order.descending ? b : a, &second = order.descending ? a : b;
    if (order.column == OperationColumn::name) return first.name < second.name;
    return key(first, order.column) < key(second, order.column);
  });
  return rows;
}

void OperationsPanel::set(std::shared_ptr<const StepProfile> profile) {
  profile_ = std::move(profile);
  rows_.clear();
  if (profile_) rows_ = operation_rows(*profile_, order);
}

void OperationsPanel::draw() {
  if (!profile_ || profile_->dispatches.empty()) return say_how_to_profile();
  draw_controls();
  draw_table();
}

void OperationsPanel::draw_controls() {
  const std::array<std::string, 3> names{"By op", "By kernel", "Dispatches"};
  const auto before = static_cast<std::size_t>(order.group);
  const std::size_t group = segments("group", names, before);
  order.group = static_cast<OperationGroup>(group);
  bool changed = group != before;
  if (ImGui::GetContentRegionAvail().x > px(420)) ImGui::SameLine();
  ImGui::SetNextItemWidth(std::min(ImGui::GetContentRegionAvail().x, px(220)));
  changed |= ImGui::InputTextWithHint("##filter", "Filter by name", &order.filter);
  if (changed) rows_ = operation_rows(*profile_, order);
}

void OperationsPanel::draw_table() {
  constexpr ImGuiTableFlags flags = ImGuiTableFlags_Sortable | ImGuiTableFlags_ScrollY |
                                    ImGuiTableFlags_ScrollX | ImGuiTableFlags_RowBg |
                                    ImGuiTableFlags_Resizable | ImGuiTableFlags_Hideable;
  if (!ImGui::BeginTable("operations", 7, flags, ImGui::GetContentRegionAvail())) return;
  const auto column = [](const char* name, float width, ImGuiTableColumnFlags more = 0) {
    ImGui::TableSetupColumn(
        name, ImGuiTableColumnFlags_WidthFixed | ImGuiTableColumnFlags_PreferSortDescending | more,
        px(width));
  };
  const float others = px(60 + 90 + 150 + 100 + 120 + 90 + 6 * 16);
  const float name = std::max(ImGui::GetContentRegionAvail().x - others - px(30), px(180));
  ImGui::TableSetupScrollFreeze(1, 1);
  ImGui::TableSetupColumn("name", ImGuiTableColumnFlags_WidthFixed | ImGuiTableColumnFlags_NoHide,
                          name);
  column("count", 60);
  column("time", 90, ImGuiTableColumnFlags_DefaultSort);
  column("share", 150);
  column("memory", 100);
  column("arithmetic", 120);
  column("bytes", 90);
  parts::table_head(7, 1);
  if (take_order()) rows_ = operation_rows(*profile_, order);
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(rows_.size()));
  while (clipper.Step())
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      ImGui::PushID(i);
      draw_row(rows_[static_cast<std::size_t>(i)]);
      ImGui::PopID();
    }
  ImGui::EndTable();
}

bool OperationsPanel::take_order() {
  ImGuiTableSortSpecs* specs = ImGui::TableGetSortSpecs();
  if (specs == nullptr || !specs->SpecsDirty || specs->SpecsCount < 1) return false;
  specs->SpecsDirty = false;
  order.column = static_cast<OperationColumn>(specs->Specs[0].ColumnIndex);
  order.descending = specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
  return true;
}

void OperationsPanel::draw_row(const OperationRow& row) {
  const ImU32 color = color_of(family_of(row.op));
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float line = ImGui::GetTextLineHeight(), dot = px(8);
  if (ImGui::Selectable("##row", chosen(row), ImGuiSelectableFlags_SpanAllColumns)) choose(row);
  ImGui::SameLine(0, 0);
  ImGui::GetWindowDrawList()->AddRectFilled({at.x, at.y + (line - dot) / 2},
                                            {at.x + dot, at.y + (line + dot) / 2}, color, px(2));
  ImGui::SetCursorScreenPos({at.x + dot + px(6), at.y});
  ImGui::TextUnformatted(row.name.c_str());
  const auto cell = [](const std::string& text) {
    ImGui::TableNextColumn();
    number(text);
  };
  cell(fmt::format("{}", row.count));
  cell(time_text(row.seconds));
  ImGui::TableNextColumn();
  share_bar(row.share, color);
  cell(bandwidth_text(row.bytes, row.seconds));
  cell(flops_text(row.flops, row.seconds));
  cell(bytes_text(row.bytes));
}

bool OperationsPanel::chosen(const OperationRow& row) const {
  if (order.group == OperationGroup::dispatch && choice->dispatch)
    return *choice->dispatch == row.dispatch;
  return order.group == OperationGroup::op && choice->op == row.op;
}

void OperationsPanel::choose(const OperationRow& row) {
  choice->dispatch.reset();
  choice->op = chosen(row) ? std::string() : row.op;
  if (order.group != OperationGroup::dispatch) return;
  choice->op.clear();
  choice->dispatch = row.dispatch;
}

Table OperationsPanel::table() const {
  Table table{{"name", "count", "ms", "share", "gb_per_s", "tflop_per_s", "bytes", "flops"}, {}};
  for (const OperationRow& row : rows_)
    table.rows.push_back(
        {row.name, fmt::format("{}", row.count), fmt::format("{:.6f}", row.seconds * 1e3),
         fmt::format("{:.6f}", row.share),
         fmt::format("{:.3f}", rate(static_cast<double>(row.bytes), row.seconds) * 1e-9),
         fmt::format("{:.6f}", rate(row.flops, row.seconds) * 1e-12), fmt::format("{}", row.bytes),
         fmt::format("{}", row.flops)});
  return table;
}

nlohmann::ordered_json OperationsPanel::json() const {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const OperationRow& row : rows_)
    rows.push_back({{"name", row.name},
                    {"count", row.count},
                    {"ms", row.seconds * 1e3},
                    {"share", row.share},
                    {"bytes", row.bytes},
                    {"flops", row.flops}});
  nlohmann::ordered_json json;
  if (profile_) json = {{"program", profile_->name}, {"device", profile_->device}};
  json["operations"] = std::move(rows);
  return json;
}

}  // namespace lemnos::viewer
