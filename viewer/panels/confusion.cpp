// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/confusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/panels/parts.h"
#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

using parts::Area;
using parts::class_name;

// Part of the true class's rows.
double share(const PredictionsLook& look, std::size_t truth, std::size_t predicted) {
  const std::uint64_t rows = look.classes[truth].rows;
  if (rows == 0) return 0;
  return static_cast<double>(look.confusion[truth][predicted]) / static_cast<double>(rows);
}

std::string percent_of(double part) { return fmt::format("{:.1f} %", 100 * part); }

}  // namespace

std::optional<std::pair<std::size_t, std::size_t>> ConfusionPanel::Grid::cell_at(
    ImVec2 point) const {
  if (cell <= 0) return std::nullopt;
  const float x = std::floor((point.x - at.x) / cell), y = std::floor((point.y - at.y) / cell);
  const auto size = static_cast<float>(classes);
  if (x < 0 || y < 0 || x >= size || y >= size) return std::nullopt;
  return std::pair{static_cast<std::size_t>(y), static_cast<std::size_t>(x)};
}

void ConfusionPanel::draw() {
  grid_ = {};
  if (look.confusion.empty()) {
    empty_note("No predictions yet",
               "What a classifier takes held-out rows for appears here as it trains.");
    return;
  }
  const std::string units[] = {"Counts", "Row %"};
  percent = segments("unit", units, percent ? 1 : 0) == 1;
  parts::figure("accuracy", percent_of(look.accuracy));
  parts::figure(look.held_out ? "held-out rows" : "training rows", fmt::format("{}", look.rows));
  say_selected();

  const Area area("matrix", ImGui::GetContentRegionAvail());
  const std::size_t classes = look.confusion.size();
  float longest = ImGui::CalcTextSize("precision").x;
  for (std::size_t i = 0; i < classes; ++i)
    longest = std::max(longest, ImGui::CalcTextSize(class_name(class_names, i).c_str()).x);
  const float number = class_names.empty() ? 0 : px(26);
  const Margins margins{.names = std::min(longest + number + px(10), area.size.x * 0.3f),
                        .number = number,
                        .figures = px(76),
                        .line = ImGui::GetTextLineHeight() + px(4)};
  const float room =
      std::min(area.size.x - margins.names - margins.figures, area.size.y - 3 * margins.line);
  const float cell = room / static_cast<float>(classes);
  grid_ = {{area.at.x + margins.names, area.at.y + margins.line},
           cell >= 2 ? std::floor(cell) : cell,
           classes};
  if (area.clicked) selected = grid_.cell_at(ImGui::GetIO().MousePos);
  const auto [x, y] = parts::arrows(area);
  if (x != 0 || y != 0) {
    const auto moved = [&](std::size_t from, int by) {
      return static_cast<std::size_t>(
          std::clamp<int>(static_cast<int>(from) + by, 0, static_cast<int>(classes) - 1));
    };
    const auto from = selected.value_or(std::pair<std::size_t, std::size_t>{0, 0});
    selected = selected ? std::pair{moved(from.first, y), moved(from.second, x)} : from;
  }
  if (selected && (selected->first >= classes || selected->second >= classes)) selected.reset();
  draw_cells();
  draw_margins(margins);
  const auto under = grid_.cell_at(ImGui::GetIO().MousePos);
  if (area.hovered && under)
    ImGui::SetTooltip("%s taken for %s: %llu, %s of its rows",
                      class_name(class_names, under->first).c_str(),
                      class_name(class_names, under->second).c_str(),
                      static_cast<unsigned long long>(look.confusion[under->first][under->second]),
                      percent_of(share(look, under->first, under->second)).c_str());
}

void ConfusionPanel::say_selected() const {
  if (!selected || selected->first >= look.confusion.size() ||
      selected->second >= look.confusion.size()) {
    ImGui::TextDisabled("Choose a cell by a click or the arrow keys.");
    return;
  }
  const auto [truth, predicted] = *selected;
  ImGui::TextUnformatted(fmt::format("{} → {}: {} ({})", class_name(class_names, truth),
                                     class_name(class_names, predicted),
                                     look.confusion[truth][predicted],
                                     percent_of(share(look, truth, predicted)))
                             .c_str());
}

void ConfusionPanel::draw_cells() const {
  const UseFont numbers(fonts().numbers);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float side = grid_.cell * static_cast<float>(grid_.classes);
  draw.AddRectFilled(grid_.at, {grid_.at.x + side, grid_.at.y + side}, faded(theme().raised, 0.5f));
  for (std::size_t truth = 0; truth < grid_.classes; ++truth)
    for (std::size_t predicted = 0; predicted < grid_.classes; ++predicted)
      draw_cell(truth, predicted);
  if (!selected) return;
  const ImVec2 from{grid_.at.x + grid_.cell * static_cast<float>(selected->second),
                    grid_.at.y + grid_.cell * static_cast<float>(selected->first)};
  draw.AddRect(from, {from.x + grid_.cell, from.y + grid_.cell}, theme().text, px(2), 0, px(2));
}

// What is right in one hue and what is wrong in another, both stronger the more rows there are; of
// mistakes even a few are to be seen.
void ConfusionPanel::draw_cell(std::size_t truth, std::size_t predicted) const {
  const std::uint64_t count = look.confusion[truth][predicted];
  const float gap = grid_.cell > px(8) ? 1.0f : 0.0f;
  const ImVec2 from{grid_.at.x + grid_.cell * static_cast<float>(predicted),
                    grid_.at.y + grid_.cell * static_cast<float>(truth)};
  const ImVec2 to{from.x + grid_.cell - gap, from.y + grid_.cell - gap};
  if (count == 0) return;
  const auto part = static_cast<float>(share(look, truth, predicted));
  const float strength = truth == predicted ? part : std::min(1.0f, 0.12f + std::sqrt(part));
  const ImU32 hue = truth == predicted ? theme().series[0] : theme().series[1];
  const ImU32 fill = parts::mixed(theme().surface, hue, 0.08f + 0.82f * strength);
  ImGui::GetWindowDrawList()->AddRectFilled(from, to, fill, gap > 0 ? px(2) : 0);
  const std::string text = percent ? fmt::format("{:.0f}", 100 * part) : fmt::format("{}", count);
  const ImVec2 size = ImGui::CalcTextSize(text.c_str());
  if (size.x > grid_.cell - px(4) || size.y > grid_.cell) return;
  parts::text_in(from, to, text, text_on(fill), 0.5f);
}

void ConfusionPanel::draw_margins(const Margins& margins) const {
  const float line = ImGui::GetTextLineHeight();
  const float side = grid_.cell * static_cast<float>(grid_.classes);
  const ImVec2 end{grid_.at.x + side, grid_.at.y + side};
  const float left = grid_.at.x - margins.names;
  parts::text_in({end.x + px(6), grid_.at.y - margins.line}, {end.x + margins.figures, grid_.at.y},
                 "recall", theme().muted);
  parts::text_in({grid_.at.x, grid_.at.y - margins.line}, {end.x, grid_.at.y}, "predicted",
                 theme().muted, 0.5f);
  parts::text_in({left, end.y + margins.line}, {grid_.at.x - px(6), end.y + 2 * margins.line},
                 "precision", theme().muted, 1);
  // Of many classes every second, third ... has room for its name.
  const auto every =
      std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(line / grid_.cell)));
  for (std::size_t i = 0; i < grid_.classes; i += every) {
    const float y = grid_.at.y + grid_.cell * static_cast<float>(i);
    const float x = grid_.at.x + grid_.cell * static_cast<float>(i);
    const bool numbered = margins.number > 0 && grid_.cell >= px(24) && grid_.cell <= px(70);
    parts::text_in({left, y},
                   {grid_.at.x - px(6) - (numbered ? margins.number : 0), y + grid_.cell},
                   class_name(class_names, i), theme().text, 1);
    const UseFont numbers(fonts().numbers);
    if (numbered)  // as its column is headed
      parts::text_in({grid_.at.x - px(6) - margins.number, y}, {grid_.at.x - px(6), y + grid_.cell},
                     fmt::format("{}", i), theme().muted, 1);
    parts::text_in({end.x + px(6), y}, {end.x + margins.figures, y + grid_.cell},
                   percent_of(look.classes[i].recall), theme().muted);
    if (grid_.cell < px(24)) continue;
    parts::text_in({x, end.y}, {x + grid_.cell, end.y + margins.line},
                   grid_.cell > px(70) ? class_name(class_names, i) : fmt::format("{}", i),
                   theme().text, 0.5f);
    const double precision = look.classes[i].precision;
    parts::text_in(
        {x, end.y + margins.line}, {x + grid_.cell, end.y + 2 * margins.line},
        grid_.cell > px(52) ? percent_of(precision) : fmt::format("{:.0f}", 100 * precision),
        theme().muted, 0.5f);
  }
}

Table ConfusionPanel::table() const {
  Table table{{"true \\ predicted"}, {}};
  for (std::size_t i = 0; i < look.confusion.size(); ++i)
    table.columns.push_back(class_name(class_names, i));
  for (const char* more : {"rows", "precision", "recall"}) table.columns.emplace_back(more);
  for (std::size_t i = 0; i < look.confusion.size(); ++i) {
    std::vector<std::string> row{class_name(class_names, i)};
    for (const std::uint64_t count : look.confusion[i]) row.push_back(fmt::format("{}", count));
    const ClassFigures& of = look.classes[i];
    row.push_back(fmt::format("{}", of.rows));
    row.push_back(fmt::format("{:.6g}", of.precision));
    row.push_back(fmt::format("{:.6g}", of.recall));
    table.rows.push_back(std::move(row));
  }
  return table;
}

nlohmann::ordered_json ConfusionPanel::json() const {
  nlohmann::ordered_json json{{"step", step},
                              {"rows", look.rows},
                              {"held_out", look.held_out},
                              {"accuracy", look.accuracy},
                              {"confusion", look.confusion}};
  for (std::size_t i = 0; i < look.classes.size(); ++i)
    json["classes"].push_back({{"name", class_name(class_names, i)},
                               {"rows", look.classes[i].rows},
                               {"precision", look.classes[i].precision},
                               {"recall", look.classes[i].recall}});
  return json;
}

}  // namespace lemnos::viewer
