// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/graph.h"

#include <fmt/format.h>
#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include <algorithm>
#include <utility>

#include "viewer/panels/op_family.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

float line_height() { return px(24); }

ImU32 color_of(Pass pass) {
  return pass == Pass::forward    ? theme().accent
         : pass == Pass::backward ? theme().warning
                                  : theme().good;
}

// Text in the middle of a line, cut off at `right`.
float text_in_line(ImVec2 at, float right, ImU32 color, const std::string& text,
                   ImFont* font = nullptr) {
  const UseFont use(font);
  const ImVec2 size = ImGui::CalcTextSize(text.c_str());
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(at, {right, at.y + line_height()}, true);
  list.AddText({at.x, at.y + (line_height() - size.y) / 2}, color, text.c_str());
  list.PopClipRect();
  return at.x + size.x;
}

// Points down where what belongs to it is shown, else to it.
void triangle(ImVec2 middle, bool open, ImU32 color) {
  const float r = px(4);
  const auto at = [&](float x, float y) { return ImVec2{middle.x + x, middle.y + y}; };
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (open)
    list.AddTriangleFilled(at(-r, -r / 2), at(r, -r / 2), at(0, r * 0.8f), color);
  else
    list.AddTriangleFilled(at(-r / 2, -r), at(r * 0.8f, 0), at(-r / 2, r), color);
}

}  // namespace

void GraphPanel::set(std::shared_ptr<const GraphView> view) {
  view_ = std::move(view);
  selected.reset();
  visited_.clear();
  wanted_.reset();
  scroll_to_.reset();
  count_ = {};
  lines_.clear();
  if (!view_) return;
  for (const GraphNode& node : view_->nodes) ++count_[static_cast<std::size_t>(node.pass)];
  lines_ = graph_lines(*view_, filter);
}

void GraphPanel::go_to(std::uint32_t node) {
  if (!view_ || node >= view_->nodes.size()) return;
  if (selected && *selected != node) visited_.push_back(*selected);
  show(node);
}

void GraphPanel::go_back() {
  if (visited_.empty()) return;
  const std::uint32_t node = visited_.back();
  visited_.pop_back();
  show(node);
}

void GraphPanel::show(std::uint32_t node) {
  selected = node;
  const auto at = [&] { return std::ranges::find(lines_, std::int64_t{node}, &GraphLine::node); };
  if (at() == lines_.end()) {
    filter = {.given = view_->nodes[node].unit == 0};
    lines_ = graph_lines(*view_, filter);
  }
  scroll_to_ = static_cast<std::size_t>(at() - lines_.begin());
}

void GraphPanel::draw() {
  if (!view_ || view_->nodes.empty()) {
    empty_note("No graph",
               "Start a run to see every value of its step, and what is computed together.");
    return;
  }
  draw_controls();
  draw_lines();
  if (wanted_) go_to(*wanted_);
  wanted_.reset();
  if (std::exchange(fold_, false)) {
    filter.given = !filter.given;
    lines_ = graph_lines(*view_, filter);
  }
}

void GraphPanel::draw_controls() {
  const float room = ImGui::GetContentRegionAvail().x;
  ImGui::SetNextItemWidth(std::min(room, px(240)));
  bool changed = ImGui::InputTextWithHint("##find", "Find an op, shape, line or %id", &filter.text);
  const std::array<bool*, 3> shown{&filter.forward, &filter.backward, &filter.update};
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto pass = static_cast<Pass>(i);
    if (i > 0 || room > px(560)) ImGui::SameLine();
    ImGui::PushStyleColor(ImGuiCol_CheckMark, color_of(pass));
    changed |= ImGui::Checkbox(fmt::format("{} {}", name_of(pass), count_[i]).c_str(), shown[i]);
    ImGui::PopStyleColor();
  }
  if (changed) lines_ = graph_lines(*view_, filter);
  if (visited_.empty() || room < px(560)) return;
  ImGui::SameLine();
  if (button("Back", "To the value before (Backspace)")) go_back();
}

void GraphPanel::draw_lines() {
  if (!ImGui::BeginChild("outline", ImGui::GetContentRegionAvail())) return ImGui::EndChild();
  const ImGuiIO& io = ImGui::GetIO();
  if (ImGui::IsWindowFocused() && !io.WantTextInput &&
      ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Backspace)))
    go_back();
  if (lines_.empty()) ImGui::TextDisabled("Nothing matches.");
  if (scroll_to_) {
    const float y = static_cast<float>(*scroll_to_) * line_height();
    ImGui::SetScrollY(std::max(y - ImGui::GetWindowHeight() / 3, 0.0f));
    scroll_to_.reset();
  }
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  const float width = ImGui::GetContentRegionAvail().x;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(lines_.size()), line_height());
  while (clipper.Step())
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const auto index = static_cast<std::size_t>(i);
      const GraphLine& line = lines_[index];
      ImGui::PushID(i);
      if (line.node < 0) {
        draw_unit(view_->units[line.unit], width);
      } else {
        const bool last = index + 1 == lines_.size() || lines_[index + 1].node < 0;
        draw_node(static_cast<std::uint32_t>(line.node), last, width);
      }
      ImGui::PopID();
    }
  ImGui::PopStyleVar();
  ImGui::EndChild();
}

// The head of a card.
void GraphPanel::draw_unit(const GraphUnit& unit, float width) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const bool folds = &unit == &view_->units.front() && filter.text.empty();
  if (folds && ImGui::InvisibleButton("fold", {width, line_height()})) fold_ = true;
  const bool lit = folds && (ImGui::IsItemHovered() || ImGui::IsItemFocused());
  if (!folds) ImGui::Dummy({width, line_height()});
  const float top = at.y + px(4), bottom = at.y + line_height(), right = at.x + width;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled({at.x, top}, {right, bottom}, theme().raised, px(5),
                     ImDrawFlags_RoundCornersTop);
  list.AddRectFilled({at.x, top}, {at.x + px(3), bottom}, viewer::color_of(family_of(unit.title)));
  std::string runs =
      &unit == &view_->units.front() ? fmt::format("{} values", unit.nodes.size())
      : unit.dispatches.empty()
          ? std::string("no dispatch")
          : fmt::format("{} {}, wave {}", unit.dispatches.size(),
                        unit.dispatches.size() == 1 ? "dispatch" : "dispatches", unit.first_wave);
  if (unit.last_wave > unit.first_wave) runs += fmt::format(" to {}", unit.last_wave);
  const float runs_at = right - px(8) - ImGui::CalcTextSize(runs.c_str()).x;
  const bool roomy = width > px(360);
  ImVec2 from{at.x + px(12), at.y + px(2)};
  if (folds) {
    triangle({from.x + px(5), (top + bottom) / 2}, filter.given,
             lit ? theme().text : theme().muted);
    from.x += px(18);
  }
  const float end =
      text_in_line(from, roomy ? runs_at - px(80) : right, theme().text, unit.title, fonts().title);
  if (!roomy) return;
  if (!unit.dispatches.empty())
    text_in_line({std::min(end + px(10), runs_at - px(72)), from.y}, runs_at, color_of(unit.pass),
                 std::string(name_of(unit.pass)));
  text_in_line({runs_at, from.y}, right, theme().muted, runs);
}

void GraphPanel::draw_node(std::uint32_t id, bool last, float width) {
  const GraphNode& node = view_->nodes[id];
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float right = at.x + width;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, {right, at.y + line_height()}, faded(theme().raised, 0.35f),
                     last ? px(5) : 0, ImDrawFlags_RoundCornersBottom);
  list.AddRectFilled(at, {at.x + px(3), at.y + line_height()},
                     viewer::color_of(family_of(view_->units[node.unit].title)));
  ImGui::SetItemAllowOverlap();
  if (ImGui::Selectable("##node", selected == id, ImGuiSelectableFlags_AllowItemOverlap,
                        {width, line_height()}))
    selected = id;
  ImGui::SetItemAllowOverlap();
  if (ImGui::IsItemHovered() && (!node.line.empty() || !node.name.empty()))
    ImGui::SetTooltip("%%%u %s %s  %s%s", id, node.op.c_str(), node.type.c_str(), node.name.c_str(),
                      node.line.c_str());
  const ImVec2 next = ImGui::GetCursorScreenPos();

  const bool roomy = width > px(520);
  const float name_at = at.x + px(66), type_at = name_at + std::max(px(110), width * 0.22f);
  const float links_at = roomy ? type_at + std::max(px(150), width * 0.2f) : right;
  text_in_line({at.x + px(14), at.y}, name_at - px(6), theme().muted, fmt::format("%{}", id),
               fonts().numbers);
  text_in_line({name_at, at.y}, type_at - px(8), theme().text,
               node.name.empty() ? node.op : fmt::format("{} {}", node.op, node.name));
  text_in_line({type_at, at.y}, links_at - px(8), theme().muted, node.type, fonts().numbers);
  if (roomy) {
    const float middle = (links_at + right) / 2;
    ImGui::SetCursorScreenPos({links_at, at.y});
    draw_links("from", node.inputs, middle - px(8));
    ImGui::SetCursorScreenPos({middle, at.y});
    draw_links("to", node.readers, right - px(8));
  }
  ImGui::SetCursorScreenPos(next);
}

void GraphPanel::draw_links(const char* arrow, const std::vector<std::uint32_t>& ids, float right) {
  if (ids.empty()) return;
  ImVec2 at = ImGui::GetCursorScreenPos();
  at.x = text_in_line(at, right, theme().muted, arrow) + px(6);
  const UseFont numbers(fonts().numbers);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::string text = fmt::format("%{}", ids[i]);
    const float width = ImGui::CalcTextSize(text.c_str()).x;
    const std::string more = fmt::format("+{}", ids.size() - i);
    const bool fits = at.x + width <= right - (i + 1 < ids.size() ? px(34) : 0);
    if (!fits) {
      text_in_line(at, right, theme().muted, more);
      return;
    }
    ImGui::SetCursorScreenPos(at);
    ImGui::PushID(arrow);
    ImGui::PushID(static_cast<int>(i));
    if (ImGui::InvisibleButton("link", {width, line_height()})) wanted_ = ids[i];
    const bool lit = ImGui::IsItemHovered() || ImGui::IsItemFocused();
    if (ImGui::IsItemHovered()) {
      ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
      const GraphNode& other = view_->nodes[ids[i]];
      ImGui::SetTooltip("%s %s %s", other.op.c_str(), other.name.c_str(), other.type.c_str());
    }
    ImGui::PopID();
    ImGui::PopID();
    const float end = text_in_line(at, right, lit ? theme().text : theme().accent, text);
    at.x = end + px(8);
  }
}

Table GraphPanel::table() const {
  Table table{{"id", "op", "type", "name", "line", "pass", "unit", "inputs"}, {}};
  if (!view_) return table;
  for (std::size_t id = 0; id < view_->nodes.size(); ++id) {
    const GraphNode& node = view_->nodes[id];
    table.rows.push_back({fmt::format("{}", id), node.op, node.type, node.name, node.line,
                          std::string(name_of(node.pass)), fmt::format("{}", node.unit),
                          fmt::format("{}", fmt::join(node.inputs, " "))});
  }
  return table;
}

nlohmann::ordered_json GraphPanel::json() const {
  nlohmann::ordered_json json;
  json["nodes"] = nlohmann::ordered_json::array();
  json["units"] = nlohmann::ordered_json::array();
  if (!view_) return json;
  for (const GraphNode& node : view_->nodes)
    json["nodes"].push_back({{"op", node.op},
                             {"type", node.type},
                             {"name", node.name},
                             {"line", node.line},
                             {"pass", name_of(node.pass)},
                             {"unit", node.unit},
                             {"inputs", node.inputs}});
  for (const GraphUnit& unit : view_->units)
    json["units"].push_back({{"title", unit.title},
                             {"nodes", unit.nodes},
                             {"dispatches", unit.dispatches},
                             {"first_wave", unit.first_wave},
                             {"last_wave", unit.last_wave}});
  return json;
}

}  // namespace lemnos::viewer
