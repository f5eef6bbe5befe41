// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/histograms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/panels/histograms_ridges.h"
#include "viewer/panels/histograms_strip.h"
#include "viewer/panels/parts.h"
#include "viewer/plot/ticks.h"
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

std::string figure_text(double x) {
  return std::isfinite(x) ? fmt::format("{:.3g}", x) : "not finite";
}

// What is worth saying of a layer now, in a few characters.
std::string summary(const ValueStatistics& values) {
  if (values.not_finite > 0) return fmt::format("{} not finite", values.not_finite);
  return fmt::format("{:.2g} ± {:.2g}", values.mean, values.deviation);
}

// Round numbers, upwards beside `from`, as a strip has them.
void labels_beside(const StripRange& range, ImVec2 from, ImVec2 to) {
  const Axis axis{.low = range.low, .high = range.high};
  const float line = ImGui::GetTextLineHeight(), height = to.y - from.y;
  for (const Tick& tick : ticks(axis, std::max(2, static_cast<int>(height / px(56))))) {
    const float y = to.y - static_cast<float>(axis.place(tick.value)) * height;
    const float top = std::clamp(y - line / 2, from.y, to.y - line);
    parts::text_in({from.x - px(58), top}, {from.x - px(6), top + line}, tick.label, theme().muted,
                   1);
  }
}

// The same to the right below `to`, as outlines have them, each with a line upwards.
void labels_below(const StripRange& range, ImVec2 from, ImVec2 to) {
  const Axis axis{.low = range.low, .high = range.high};
  const float line = ImGui::GetTextLineHeight(), width = to.x - from.x, half = px(40);
  for (const Tick& tick : ticks(axis, std::max(2, static_cast<int>(width / px(90))))) {
    const float x = from.x + static_cast<float>(axis.place(tick.value)) * width;
    rule(*ImGui::GetWindowDrawList(), {x, from.y}, {x, to.y}, theme().grid);
    const float left = std::clamp(x - half, from.x - px(6), to.x + px(6) - 2 * half);
    const float align = left < x - half ? 1.0f : left > x - half ? 0.0f : 0.5f;
    parts::text_in({left, to.y + px(4)}, {left + 2 * half, to.y + px(4) + line}, tick.label,
                   theme().muted, align);
  }
}

// Below the strip: the first and the last step.
void step_labels(ImVec2 from, ImVec2 to, std::uint64_t first, std::uint64_t last) {
  from.y = to.y + px(4);
  to.y = from.y + ImGui::GetTextLineHeight();
  parts::text_in(from, to, fmt::format("step {}", first), theme().muted, 0);
  if (last != first) parts::text_in(from, to, fmt::format("{}", last), theme().muted, 1);
}

void figures(const ValueStatistics& values) {
  parts::figure("mean", figure_text(values.mean));
  parts::figure("std", figure_text(values.deviation));
  parts::figure("range", fmt::format("{:.3g} … {:.3g}", values.least, values.most));
  parts::figure("norm", figure_text(values.norm));
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

// Beside what is shown, or below it where there is no room.
void HistogramsPanel::choose_drawing() {
  const std::string drawings[] = {"Strips", "Ridges"};
  const float width = ImGui::CalcTextSize("StripsRidges").x + px(56);
  ImGui::SameLine(0, px(16));
  if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
  ridges = segments("drawing", drawings, ridges ? 1 : 0) == 1;
}

void HistogramsPanel::draw() {
  choose();
  if (shown != Spread::updates) choose_drawing();
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
  const float text = std::min(px(172), (to.x - from.x) * 0.5f), middle = (from.y + to.y) / 2;
  const ImVec2 strip{from.x + text + px(8), from.y};
  parts::path_in(from, {from.x + text, middle}, name(layer),
                 layer == selected ? theme().text : faded(theme().text, 0.85f));
  std::string said;
  if (shown == Spread::updates) {
    const auto& series = history.updates[layer];
    draw_ratios(series, strip, to, color_of_spread(shown));
    said = figure_text(series.moments.back().ratio);
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
    parts::figure("update / weight", figure_text(history.updates[selected].moments.back().ratio));
    parts::figure("healthy", "about 1e-3");
  } else {
    figures(spreads_of(history, shown)[selected].moments.back().values);
  }
  draw_large();
  ImGui::EndChild();
}

// With axes, in what is left.
void HistogramsPanel::draw_large() const {
  const UseFont numbers(fonts().numbers);
  const ImVec2 at = ImGui::GetCursorScreenPos(), left = ImGui::GetContentRegionAvail();
  const float line = ImGui::GetTextLineHeight();
  const ImVec2 from{at.x + px(58), at.y},
      to{at.x + left.x, at.y + std::max(px(20), left.y - line - px(4))};
  if (shown == Spread::updates) return draw_large_ratios(from, to);
  draw_large_spread(from, to);
}

void HistogramsPanel::draw_large_ratios(ImVec2 from, ImVec2 to) const {
  const auto& series = history.updates[selected];
  const float line = ImGui::GetTextLineHeight();
  ImGui::GetWindowDrawList()->AddRectFilled(from, to, faded(theme().raised, 0.4f), px(3));
  draw_ratios(series, from, to, color_of_spread(shown));
  for (int power = -6; power <= 0; ++power) {
    const float y = to.y - ratio_place(std::pow(10, power)) * (to.y - from.y);
    if (power % 3 != 0 && (to.y - from.y) / 6 < 2 * line) continue;
    const float top = std::clamp(y - line / 2, from.y, to.y - line);
    parts::text_in({from.x - px(58), top}, {from.x - px(6), top + line},
                   power == 0 ? "1" : fmt::format("1e{}", power), theme().muted, 1);
  }
  step_labels(from, to, series.moments.front().step, series.moments.back().step);
}

void HistogramsPanel::draw_large_spread(ImVec2 from, ImVec2 to) const {
  const auto& series = spreads_of(history, shown)[selected];
  const StripRange range = range_of(series);
  if (!ridges || !range.any)
    ImGui::GetWindowDrawList()->AddRectFilled(from, to, faded(theme().raised, 0.4f), px(3));
  if (!range.any) return parts::text_in(from, to, "no value is finite", theme().error, 0.5f);
  if (ridges) {
    labels_below(range, from, to);
    const float line = ImGui::GetTextLineHeight();
    parts::text_in({from.x - px(58), to.y + px(4)}, {from.x - px(14), to.y + px(4) + line}, "step",
                   theme().muted, 1);
    const auto most = static_cast<std::size_t>((to.y - from.y) / px(14));
    return draw_ridges(ridges_of(series, 96, std::min<std::size_t>(most, 40)), from, to,
                       color_of_spread(shown));
  }
  draw_strip(series, from, to, color_of_spread(shown), true);
  labels_beside(range, from, to);
  step_labels(from, to, series.moments.front().step, series.moments.back().step);
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
