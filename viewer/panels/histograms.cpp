// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/histograms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/panels/histograms_strip.h"
#include "viewer/panels/parts.h"
#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

using Spreads = std::vector<LayerSeries<SpreadMoment>>;

const std::string names[] = {"Weights", "Gradients", "Activations", "Updates"};

ImU32 color_of_spread(Spread shown) {
  return theme().series[static_cast<std::size_t>(shown) % theme().series.size()];
}

const Spreads& spreads_of(const HistogramsHistory& history, Spread shown) {
  if (shown == Spread::gradients) return history.gradients;
  return shown == Spread::activations ? history.activations : history.weights;
}

std::string short_number(double x) {
  return std::isfinite(x) ? fmt::format("{:.3g}", x) : "not finite";
}

// What is worth saying of a layer now, in a few characters.
std::string summary(const ValueStatistics& values) {
  if (values.not_finite > 0) return fmt::format("{} not finite", values.not_finite);
  return fmt::format("{:.2g} ± {:.2g}", values.mean, values.deviation);
}

void axis_labels(ImVec2 from, ImVec2 to, const std::string& low, const std::string& high) {
  const float line = ImGui::GetTextLineHeight();
  parts::text_in({from.x, from.y}, {to.x, from.y + line}, high, theme().muted, 1);
  parts::text_in({from.x, to.y - line}, {to.x, to.y}, low, theme().muted, 1);
}

// Below the strip: the first and the last step.
void step_labels(ImVec2 from, ImVec2 to, std::uint64_t first, std::uint64_t last) {
  parts::text_in(from, to, fmt::format("step {}", first), theme().muted, 0);
  if (last != first) parts::text_in(from, to, fmt::format("{}", last), theme().muted, 1);
}

void figures(const ValueStatistics& values) {
  parts::figure("mean", short_number(values.mean));
  parts::figure("std", short_number(values.deviation));
  parts::figure("range", fmt::format("{:.3g} … {:.3g}", values.least, values.most));
  parts::figure("norm", short_number(values.norm));
  parts::figure("zeros", fmt::format("{:.1f} %", 100 * values.zeros));
  if (values.not_finite > 0) parts::figure("not finite", fmt::format("{}", values.not_finite));
  if (values.looked_at < values.elements)
    parts::figure("sample", fmt::format("{} of {}", values.looked_at, values.elements));
}

}  // namespace

std::size_t HistogramsPanel::layers() const {
  return shown == Spread::updates ? history.updates.size() : spreads_of(history, shown).size();
}

const std::string& HistogramsPanel::name(std::size_t layer) const {
  return shown == Spread::updates ? history.updates[layer].name
                                  : spreads_of(history, shown)[layer].name;
}

// Side by side, or a list where there is no room for that.
void HistogramsPanel::choose() {
  if (ImGui::GetContentRegionAvail().x > px(350)) {
    shown = static_cast<Spread>(segments("what", names, static_cast<std::size_t>(shown)));
    return;
  }
  ImGui::SetNextItemWidth(-1);
  if (!ImGui::BeginCombo("##what", names[static_cast<std::size_t>(shown)].c_str())) return;
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (ImGui::Selectable(names[i].c_str(), i == static_cast<std::size_t>(shown)))
      shown = static_cast<Spread>(i);
  ImGui::EndCombo();
}

void HistogramsPanel::draw() {
  choose();
  if (layers() == 0) {
    const bool later = shown == Spread::updates && !history.weights.empty();
    empty_note(later ? "Not measured yet" : "No layers yet",
               later ? "How far an update moves the weights is measured at the next look."
                     : "Start or resume a run: its layers are looked at as it trains.");
    return;
  }
  selected = std::min(selected, layers() - 1);
  const ImVec2 space = ImGui::GetContentRegionAvail();
  const float gap = px(10);
  if (space.x > px(560)) {
    const float list = std::min(px(360), space.x * 0.42f);
    draw_list({list, space.y});
    ImGui::SameLine(0, gap);
    draw_selected({space.x - list - gap, space.y});
  } else {
    const float large = space.y > px(420) ? px(200) : space.y * 0.45f;
    draw_selected({space.x, large});
    draw_list({space.x, std::max(px(60), ImGui::GetContentRegionAvail().y)});
  }
}

void HistogramsPanel::draw_list(ImVec2 size) {
  ImGui::BeginChild("layers", size, false, ImGuiWindowFlags_NoNavInputs);
  const bool focused = ImGui::IsWindowFocused(ImGuiFocusedFlags_ChildWindows);
  const float height = px(40), width = ImGui::GetContentRegionAvail().x;
  const auto pressed = [](ImGuiKey key) { return ImGui::IsKeyPressed(ImGui::GetKeyIndex(key)); };
  if (focused && pressed(ImGuiKey_DownArrow) && selected + 1 < layers()) ++selected, reveal_ = true;
  if (focused && pressed(ImGuiKey_UpArrow) && selected > 0) --selected, reveal_ = true;
  for (std::size_t layer = 0; layer < layers(); ++layer) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::PushID(static_cast<int>(layer));
    if (ImGui::InvisibleButton("layer", {width, height})) selected = layer;
    const bool seen = ImGui::IsItemVisible(), hovered = ImGui::IsItemHovered();
    if (layer == selected && reveal_) ImGui::SetScrollHereY();
    ImGui::PopID();
    if (!seen) continue;
    const ImVec2 end{at.x + width, at.y + height};
    if (layer == selected || hovered)
      ImGui::GetWindowDrawList()->AddRectFilled(
          at, end, faded(theme().accent, layer == selected ? 0.16f : 0.08f), px(4));
    draw_row(layer, {at.x + px(6), at.y + px(3)}, {end.x - px(6), end.y - px(3)});
  }
  reveal_ = false;
  ImGui::EndChild();
}

void HistogramsPanel::draw_row(std::size_t layer, ImVec2 from, ImVec2 to) const {
  const float text = std::min(px(150), (to.x - from.x) * 0.45f), middle = (from.y + to.y) / 2;
  const ImVec2 strip{from.x + text + px(8), from.y};
  parts::path_in(from, {from.x + text, middle}, name(layer),
                 layer == selected ? theme().text : faded(theme().text, 0.85f));
  std::string said;
  if (shown == Spread::updates) {
    const auto& series = history.updates[layer];
    draw_ratios(series, strip, to, color_of_spread(shown));
    said = short_number(series.moments.back().ratio);
  } else {
    const auto& series = spreads_of(history, shown)[layer];
    draw_strip(series, strip, to, color_of_spread(shown), false);
    said = summary(series.moments.back().values);
  }
  const UseFont numbers(fonts().numbers);
  parts::text_in({from.x, middle}, {from.x + text, to.y}, said, theme().muted);
}

void HistogramsPanel::draw_selected(ImVec2 size) const {
  ImGui::BeginChild("selected", size, false, ImGuiWindowFlags_NoScrollbar);
  {
    const UseFont title(fonts().title);
    ImGui::TextUnformatted(name(selected).c_str());
  }
  if (shown == Spread::updates) {
    parts::figure("update / weight", short_number(history.updates[selected].moments.back().ratio));
    parts::figure("healthy", "about 1e-3");
  } else {
    figures(spreads_of(history, shown)[selected].moments.back().values);
  }
  draw_large();
  ImGui::EndChild();
}

// The strip with its axes, in what is left.
void HistogramsPanel::draw_large() const {
  const UseFont numbers(fonts().numbers);
  const ImVec2 at = ImGui::GetCursorScreenPos(), left = ImGui::GetContentRegionAvail();
  const float line = ImGui::GetTextLineHeight(), axis = px(58);
  const ImVec2 from{at.x + axis, at.y},
      to{at.x + left.x, at.y + std::max(px(20), left.y - line - px(4))};
  const ImVec2 below{from.x, to.y + px(4)}, below_end{to.x, to.y + px(4) + line};
  ImGui::GetWindowDrawList()->AddRectFilled(from, to, faded(theme().raised, 0.4f), px(3));
  if (shown == Spread::updates) {
    const auto& series = history.updates[selected];
    draw_ratios(series, from, to, color_of_spread(shown));
    for (const int power : {-6, -3, 0}) {
      const float y = to.y - ratio_place(std::pow(10, power)) * (to.y - from.y);
      const float top = std::clamp(y - line / 2, from.y, to.y - line);
      parts::text_in({at.x, top}, {from.x - px(6), top + line},
                     power == 0 ? "1" : fmt::format("1e{}", power), theme().muted, 1);
    }
    step_labels(below, below_end, series.moments.front().step, series.moments.back().step);
    return;
  }
  const auto& series = spreads_of(history, shown)[selected];
  const StripRange range = range_of(series);
  draw_strip(series, from, to, color_of_spread(shown), true);
  if (range.any)
    axis_labels({at.x, from.y}, {from.x - px(6), to.y}, fmt::format("{:.2g}", range.low),
                fmt::format("{:.2g}", range.high));
  else
    parts::text_in(from, to, "no value is finite", theme().error, 0.5f);
  step_labels(below, below_end, series.moments.front().step, series.moments.back().step);
}

Table HistogramsPanel::table() const {
  Table table{{"what", "layer", "step", "mean", "std", "min", "max", "norm", "zeros", "not_finite",
               "update_ratio"},
              {}};
  const auto number = [](double x) { return fmt::format("{:.9g}", x); };
  for (const Spread spread : {Spread::weights, Spread::gradients, Spread::activations})
    for (const auto& series : spreads_of(history, spread))
      for (const auto& [step, v] : series.moments)
        table.rows.push_back({names[static_cast<int>(spread)], series.name, fmt::format("{}", step),
                              number(v.mean), number(v.deviation), number(v.least), number(v.most),
                              number(v.norm), number(v.zeros), fmt::format("{}", v.not_finite),
                              ""});
  for (const auto& series : history.updates)
    for (const auto& [step, ratio] : series.moments)
      table.rows.push_back({names[3], series.name, fmt::format("{}", step), "", "", "", "", "", "",
                            "", number(ratio)});
  return table;
}

nlohmann::ordered_json HistogramsPanel::json() const {
  const auto moment = [](const SpreadMoment& at) {
    const ValueStatistics& v = at.values;
    return nlohmann::ordered_json{{"step", at.step},
                                  {"mean", v.mean},
                                  {"std", v.deviation},
                                  {"min", v.least},
                                  {"max", v.most},
                                  {"norm", v.norm},
                                  {"zeros", v.zeros},
                                  {"not_finite", v.not_finite},
                                  {"low", v.histogram.low},
                                  {"high", v.histogram.high},
                                  {"counts", v.histogram.counts},
                                  {"below", v.histogram.below},
                                  {"above", v.histogram.above}};
  };
  nlohmann::ordered_json json;
  for (const Spread spread : {Spread::weights, Spread::gradients, Spread::activations}) {
    auto& into = json[names[static_cast<int>(spread)]];
    for (const auto& series : spreads_of(history, spread))
      for (const auto& each : series.moments) into[series.name].push_back(moment(each));
  }
  for (const auto& series : history.updates)
    for (const auto& [step, ratio] : series.moments)
      json[names[3]][series.name].push_back({{"step", step}, {"ratio", ratio}});
  return json;
}

}  // namespace lemnos::viewer
