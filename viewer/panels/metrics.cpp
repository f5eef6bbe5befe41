// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

// "train/loss" is of the data "train", the quantity "loss".
std::string_view quantity_of(std::string_view key) { return key.substr(key.find('/') + 1); }
std::string_view split_of(std::string_view key) { return key.substr(0, key.find('/')); }

ImU32 color_of(std::size_t run) { return theme().series[run % theme().series.size()]; }

ImU32 event_color(const std::string& name) {
  if (name == "skipped" || name == "limit") return theme().warning;
  if (name == "edit" || name == "rollback") return theme().accent;
  return name == "resume" ? theme().good : theme().muted;
}

std::string cell(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

}  // namespace

std::vector<std::string> MetricsPanel::quantities() const {
  std::set<std::string, std::less<>> known;
  for (const auto& run : runs) {
    for (const auto& [key, series] : run->series()) {
      if (!series.empty()) known.emplace(quantity_of(key));
    }
  }
  std::vector<std::string> all(known.begin(), known.end());
  std::ranges::stable_partition(all, [](const std::string& name) { return name == "loss"; });
  return all;
}

const Plot* MetricsPanel::plot(const std::string& quantity) const {
  const auto found = plots_.find(quantity);
  return found == plots_.end() ? nullptr : &found->second;
}

std::vector<MetricsPanel::Shown> MetricsPanel::shown(const std::string& quantity) const {
  std::vector<Shown> all;
  for (const auto& run : runs) {
    for (const auto& [key, series] : run->series()) {
      if (quantity_of(key) == quantity && !series.empty())
        all.push_back({run->name() + "/" + key, &series});
    }
  }
  return all;
}

std::vector<std::string> MetricsPanel::drawn() const {
  std::vector<std::string> all = quantities();
  std::erase_if(all, [&](const std::string& name) { return !chosen.contains(name); });
  return all;
}

void MetricsPanel::draw() {
  const std::vector<std::string> all = quantities();
  if (all.empty())
    return empty_note("No losses yet", "Start a run, or open the folder of one to follow it.");
  draw_controls();
  draw_chips(all);
  draw_plots();
}

void MetricsPanel::draw_controls() {
  static const std::array<std::string, 3> kinds = {"step", "epoch", "time"};
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {px(8), px(3)});
  kind = static_cast<XKind>(segments("x", kinds, static_cast<std::size_t>(kind)));
  const auto next = [&](float width) {
    ImGui::SameLine();
    if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
  };
  next(px(190));
  auto value = static_cast<float>(smoothing);
  ImGui::SetNextItemWidth(px(84));
  if (ImGui::SliderFloat("##smooth", &value, 0, 0.999f, "", ImGuiSliderFlags_AlwaysClamp))
    smoothing = value;
  ImGui::SameLine(0, px(6));
  ImGui::TextUnformatted(fmt::format("smooth {:.3f}", smoothing).c_str());
  next(px(70));
  ImGui::Checkbox("log y", &log_y);
  next(px(78));
  ImGui::Checkbox("robust", &ignore_outliers);
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("axes fit without outliers");
  next(px(36));
  if (button("Fit", "Show all of each curve (double click, or Home)")) {
    for (auto& [name, plot] : plots_) plot.fit();
  }
  ImGui::PopStyleVar();
}

void MetricsPanel::draw_chips(const std::vector<std::string>& all) {
  if (all.size() < 2) return;
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {px(10), px(2)});
  ImGui::PushStyleVar(ImGuiStyleVar_FrameRounding, px(12));
  bool first = true;
  for (const std::string& name : all) {
    const float width = ImGui::CalcTextSize(name.c_str()).x + px(20);
    if (!first) ImGui::SameLine(0, px(6));
    if (!first && ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
    first = false;
    const bool on = chosen.contains(name);
    ImGui::PushStyleColor(ImGuiCol_Button, on ? faded(theme().accent, 0.3f) : theme().raised);
    ImGui::PushStyleColor(ImGuiCol_Text, on ? theme().text : theme().muted);
    if (ImGui::Button((name + "##chip").c_str()) && !chosen.erase(name)) chosen.insert(name);
    ImGui::PopStyleColor(2);
  }
  ImGui::PopStyleVar(2);
}

void MetricsPanel::fill(Plot& plot, const std::string& quantity) const {
  plot.title = quantity;
  plot.curves.clear();
  plot.markers.clear();
  plot.kind = kind;
  plot.smoothing = smoothing;
  plot.log_y = log_y;
  plot.ignore_outliers = ignore_outliers;
  plot.least_x = {};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunLog& run = *runs[i];
    plot.least_x.add(0);
    plot.least_x.add(x_of(kind, run.last()));
    for (const bool held_out : {false, true}) {
      for (const auto& [key, series] : run.series()) {
        const std::string_view split = split_of(key);
        if (quantity_of(key) == quantity && !series.empty() && held_out == (split != "train"))
          plot.curves.push_back(
              {fmt::format("{} {}", run.name(), split), &series, color_of(i), held_out});
      }
    }
    fill_markers(plot, run);
  }
}

void MetricsPanel::fill_markers(Plot& plot, const RunLog& run) const {
  for (const RunEvent& event : run.events())
    plot.markers.push_back({event.moment,
                            fmt::format("{}, step {}: {}{}{}", run.name(), event.moment.step,
                                        event.name, event.detail.empty() ? "" : ": ", event.detail),
                            event_color(event.name), event.name == "checkpoint"});
}

void MetricsPanel::draw_plots() {
  const std::vector<std::string> names = drawn();
  if (names.empty()) return empty_note("Nothing is chosen", "Choose a quantity above.");
  const ImVec2 space = ImGui::GetContentRegionAvail();
  const float gap = ImGui::GetStyle().ItemSpacing.x, least = px(130);
  const int count = static_cast<int>(names.size());
  const int columns = std::clamp(static_cast<int>(space.x / px(420)), 1, count);
  const int rows = (count + columns - 1) / columns;
  const float width =
      (space.x - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float height = std::max(least, space.y / static_cast<float>(rows) - gap);
  ImGui::BeginChild("plots", space, false, ImGuiWindowFlags_NoScrollWithMouse);
  for (int i = 0; i < count; ++i) {
    if (i % columns != 0) ImGui::SameLine();
    const std::string& name = names[static_cast<std::size_t>(i)];
    Plot& plot = plots_[name];
    fill(plot, name);
    plot.draw(name.c_str(), {width, height}, crosshair_);
    log_y = plot.log_y;  // by its key
  }
  ImGui::EndChild();
}

// ---- to take away -------------------------------------------------------------------------------

Table MetricsPanel::table() const {
  Table table{{"step"}, {}};
  std::map<std::uint64_t, std::vector<std::string>> rows;
  std::vector<Shown> all;
  for (const std::string& quantity : drawn()) {
    for (Shown& one : shown(quantity)) all.push_back(std::move(one));
  }
  for (std::size_t column = 0; column < all.size(); ++column) {
    table.columns.push_back(all[column].name);
    const Series& series = *all[column].series;
    for (std::size_t i = 0; i < series.size(); ++i) {
      std::vector<std::string>& row = rows[series.step(i)];
      row.resize(all.size());
      row[column] = cell(series.y(i));
    }
  }
  for (auto& [step, row] : rows) {
    row.insert(row.begin(), fmt::format("{}", step));
    table.rows.push_back(std::move(row));
  }
  return table;
}

nlohmann::ordered_json MetricsPanel::json() const {
  auto all = nlohmann::ordered_json::array();
  for (const std::string& quantity : drawn()) {
    for (const Shown& one : shown(quantity)) {
      nlohmann::ordered_json steps = nlohmann::ordered_json::array(), epochs = steps,
                             seconds = steps, values = steps;
      for (std::size_t i = 0; i < one.series->size(); ++i) {
        const Moment moment = one.series->moment(i);
        steps.push_back(moment.step);
        epochs.push_back(moment.epoch);
        seconds.push_back(moment.seconds);
        values.push_back(one.series->y(i));  // NaN is written as null
      }
      all.push_back({{"series", one.name},
                     {"step", steps},
                     {"epoch", epochs},
                     {"seconds", seconds},
                     {"value", values}});
    }
  }
  return {{"series", all}};
}

}  // namespace lemnos::viewer
