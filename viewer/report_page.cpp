// SPDX-License-Identifier: Apache-2.0
#include "viewer/report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/formats/image.h"
#include "viewer/print.h"
#include "viewer/window.h"

namespace lemnos::viewer {
namespace {

// A unit is 1/100 inch: text of 14 units is 10 points high.
constexpr int page_width = 1240, page_height = 1754;
constexpr float units_scale = 1.5f;
constexpr float margin = 58, gap = 30;  // units
constexpr float body = 15, small = 13, row = 19.5f, part_gap = 18;

ImU32 event_color(const std::string& name) {
  if (name == "skipped" || name == "limit") return theme().warning;
  if (name == "edit" || name == "rollback") return theme().accent;
  return name == "resume" ? theme().good : theme().muted;
}

void line(float left, float right, float y, ImU32 color) {
  y = std::round(y);
  ImGui::GetWindowDrawList()->AddRectFilled({left, y}, {right, y + std::max(1.0f, px(0.75f))},
                                            color);
}

// The name of a part of the page, above a line; returns where the part begins.
float draw_part(const char* name, float left, float top, float width) {
  print(name, {left, top}, {.font = fonts().title, .size = px(body)});
  line(left, left + width, top + px(21), theme().border);
  return top + px(28);
}

// With its head and the gap above it; nothing where it has no rows.
float part_height(std::size_t rows, std::size_t most = 1000) {
  return rows == 0 ? 0 : px(28 + part_gap) + px(row) * static_cast<float>(std::min(rows, most));
}

std::size_t rows_in(float height) {
  return static_cast<std::size_t>(std::max(0.0f, height / px(row)));
}

// As many as there is room for, one less where it has to be said that there are more.
std::size_t shown_of(std::size_t count, float height) {
  const std::size_t room = rows_in(height);
  return count <= room ? count : std::max<std::size_t>(room, 1) - 1;
}

float draw_more(std::size_t count, float left, float top) {
  if (count == 0) return top;
  print(fmt::format("and {} more", count), {left, top},
        {.size = px(small), .color = theme().muted});
  return top + px(row);
}

}  // namespace

void ReportPage::draw() {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(size);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, theme().surface);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  ImGui::Begin(
      "report", nullptr,
      ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings);
  Area page{px(margin), px(52), size.x - 2 * px(margin), size.y - px(72)};
  page.top = draw_head(page);
  page.top = draw_figures(page);
  page.top = draw_plots(page) + px(20);
  Area left = page, right = page;
  left.width = std::floor((page.width - px(gap)) * 0.53f);
  right.left = page.left + left.width + px(gap);
  right.width = page.width - left.width - px(gap);
  left.top = draw_metrics(left) + px(part_gap);
  if (report_.samples != nullptr)
    draw_samples(left);
  else
    draw_events(left);
  // Room for what comes after the settings.
  const float events = report_.samples != nullptr ? part_height(report_.events.size(), 5) : 0;
  Area settings = right;
  settings.bottom -= part_height(report_.device.size()) + events;
  right.top = draw_facts(settings, "Settings", report_.settings) + px(part_gap);
  settings = right;
  settings.bottom -= events;
  right.top = draw_facts(settings, "Device", report_.device) + px(part_gap);
  if (report_.samples != nullptr) draw_events(right);
  draw_foot(page);
  ImGui::End();
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

float ReportPage::draw_head(Area area) {
  const Theme& t = theme();
  const float state = text_width(report_.state, {.font = fonts().title, .size = px(body)});
  const float right = area.left + area.width;
  print(report_.title, {area.left, area.top},
        {.font = fonts().large,
         .size = px(31),
         .width = area.width - state - px(50),
         .least_size = px(20)});
  const ImVec2 dot{right - state - px(14), area.top + px(19)};
  ImGui::GetWindowDrawList()->AddCircleFilled(dot, px(4.5f), report_.complete ? t.good : t.warning,
                                              24);
  print(report_.state, {right - state, area.top + px(11)},
        {.font = fonts().title, .size = px(body)});
  const float below = area.top + px(40);
  const float date = text_width(report_.written, {.size = px(body)});
  print(report_.name != report_.title ? report_.name : "", {area.left, below},
        {.size = px(body), .color = t.muted, .width = area.width - date - px(24)});
  print(report_.written, {right - date, below}, {.size = px(body), .color = t.muted});
  line(area.left, right, below + px(30), t.text);
  return below + px(46);
}

float ReportPage::draw_figures(Area area) {
  const float width =
      area.width / static_cast<float>(std::max<std::size_t>(4, report_.figures.size()));
  float left = area.left;
  for (const Fact& figure : report_.figures) {
    print(figure.name, {left, area.top},
          {.size = px(small), .color = theme().muted, .width = width - px(12)});
    print(figure.value, {left, area.top + px(16)},
          {.font = fonts().large, .size = px(23), .width = width - px(12), .least_size = px(14)});
    left += width;
  }
  return area.top + px(60);
}

// What the tables and the samples below the plots take, as high as they like to be.
float ReportPage::wanted_below() const {
  const float events = part_height(report_.events.size(), 5);
  const float left = part_height(report_.metrics.rows.size() + 1) +
                     (report_.samples != nullptr ? px(350) : events);
  const float right = part_height(report_.settings.size()) + part_height(report_.device.size()) +
                      (report_.samples != nullptr ? events : 0);
  return std::max(left, right);
}

// The loss in a row of its own, as high as there is room; three others below it, or one beside it.
float ReportPage::draw_plots(Area area) {
  std::vector<std::string> others = report_.quantities;
  if (others.empty()) return area.top;
  const std::string first = others.front();
  others.erase(others.begin());
  others.resize(std::min<std::size_t>(others.size(), 3));
  const float between = px(28);
  const bool beside = others.size() == 1;
  const float below = others.empty() || beside ? 0 : px(142);
  const float height = std::clamp(area.bottom - area.top - px(20) - below - wanted_below(),
                                  px(below > 0 ? 208 : 240), px(360));
  const float width = beside ? std::floor((area.width - between) * 0.58f) : area.width;
  draw_plot(first, {area.left, area.top}, {width, height});
  const float top = beside ? area.top : area.top + height + px(10);
  const auto columns = static_cast<float>(std::max<std::size_t>(1, others.size()));
  const float share =
      beside ? area.width - width - between : (area.width - between * (columns - 1)) / columns;
  float left = beside ? area.left + width + between : area.left;
  for (const std::string& name : others) {
    draw_plot(name, {left, top}, {share, beside ? height : px(132)});
    left += share + between;
  }
  return area.top + height + below;
}

// The same in all plots.
ImU32 ReportPage::color_of(const std::string& split) const {
  const auto& columns = report_.metrics.columns;  // the first one names the metrics
  auto place = static_cast<std::size_t>(std::ranges::find(columns, split) - columns.begin());
  if (std::ranges::find(columns, "train") != columns.end()) --place;
  return theme().series[place % theme().series.size()];
}

void ReportPage::draw_plot(const std::string& quantity, ImVec2 at, ImVec2 size) {
  Plot& plot = plots_[quantity];
  plot.title = fitted(quantity, {.font = fonts().title, .size = px(17), .width = size.x * 0.6f});
  plot.curves.clear();
  plot.markers.clear();
  plot.least_x = {};
  plot.least_x.add(0);
  plot.least_x.add(static_cast<double>(report_.log->last().step));
  Extremes all;
  std::size_t longest = 0;
  for (const bool held_out : {false, true}) {
    for (const auto& [key, series] : report_.log->series()) {
      const std::string split = key.substr(0, key.find('/'));
      if (key.substr(key.find('/') + 1) != quantity || series.empty()) continue;
      if (held_out == (split == "train")) continue;
      plot.curves.push_back({split, &series, color_of(split), held_out});
      all.add(series.values().range(0, series.size()));
      if (!held_out) longest = std::max(longest, series.size());
    }
  }
  plot.smoothing = longest > 400 ? 0.95 : longest > 60 ? 0.85 : 0;
  plot.log_y = quantity == "loss" && !all.empty() && all.low > 0 && all.high > 30 * all.low;
  for (const RunEvent& event : report_.log->events())
    if (quantity == "loss" && event.name != "checkpoint")
      plot.markers.push_back({event.moment, event.name, event_color(event.name), false});
  size.x += px(10);  // a plot keeps this beside itself
  ImGui::SetCursorScreenPos(at);
  plot.draw(quantity.c_str(), size, crosshair_);
  const std::string words = plot.log_y ? "by step, logarithmic" : "by step";
  const TextStyle style{.size = px(small), .color = theme().muted};
  float used = text_width(plot.title, {.font = fonts().title, .size = px(17)});
  for (const Curve& curve : plot.curves) used += px(40) + text_width(curve.name, {.size = px(17)});
  const float width = text_width(words, style);
  if (used + width + px(20) < size.x)
    print(words, {at.x + size.x - px(10) - width, at.y + px(2)}, style);
}

float ReportPage::draw_metrics(Area area) {
  const Table& table = report_.metrics;
  float top = draw_part("Last values", area.left, area.top, area.width);
  const std::size_t values = std::min<std::size_t>(table.columns.size() - 1, 4);
  const float column = px(values > 2 ? 72 : 92);
  const auto right = [&](std::size_t i) {
    return area.left + area.width - column * static_cast<float>(values - i);
  };
  const float names = area.width - column * static_cast<float>(values) - px(12);
  for (std::size_t i = 1; i <= values; ++i) {
    const TextStyle style{.size = px(small), .color = theme().muted, .width = column - px(10)};
    print_right(table.columns[i], right(i), top, style);
  }
  top += px(19);
  // Samples need some room too.
  const float rest = report_.samples != nullptr ? px(290) : px(90);
  const std::size_t shown = shown_of(table.rows.size(), area.bottom - rest - top);
  for (std::size_t r = 0; r < shown; ++r) {
    const auto& cells = table.rows[r];
    print(cells[0], {area.left, top}, {.size = px(body), .width = names});
    for (std::size_t i = 1; i <= values; ++i)
      print_right(cells[i].empty() ? "–" : cells[i], right(i), top,
                  {.font = fonts().numbers,
                   .size = px(body),
                   .color = cells[i].empty() ? theme().muted : theme().text,
                   .width = column - px(10)});
    top += px(row);
  }
  top = draw_more(table.rows.size() - shown, area.left, top);
  if (values == 1 && table.columns[1] == "train") {
    print("not evaluated on held-out data", {area.left, top},
          {.size = px(small), .color = theme().muted, .width = area.width});
    top += px(row);
  }
  return top;
}

float ReportPage::draw_facts(Area area, const char* head, const std::vector<Fact>& facts) {
  float top = draw_part(head, area.left, area.top, area.width);
  if (facts.empty()) {
    print("not recorded", {area.left, top}, {.size = px(body), .color = theme().muted});
    return top + px(row);
  }
  const float names = area.width * 0.37f;
  const std::size_t shown = shown_of(facts.size(), area.bottom - top);
  for (std::size_t i = 0; i < shown; ++i) {
    print(facts[i].name, {area.left, top},
          {.size = px(body), .color = theme().muted, .width = names - px(10)});
    print(facts[i].value, {area.left + names, top},
          {.size = px(body), .width = area.width - names, .least_size = px(13)});
    top += px(row);
  }
  return draw_more(facts.size() - shown, area.left, top);
}

float ReportPage::draw_events(Area area) {
  if (report_.events.empty()) return area.top;
  const float right = area.left + area.width;
  const TextStyle muted{.size = px(small), .color = theme().muted};
  print_right("by step", right, area.top + px(1), muted);
  float top = draw_part("Events", area.left, area.top, area.width);
  const std::size_t shown = shown_of(report_.events.size(), area.bottom - top);
  const TextStyle number{.font = fonts().numbers, .size = px(body), .color = theme().muted};
  float steps = 0, names = 0;
  for (const auto& event : report_.events) {
    steps = std::max(steps, text_width(std::to_string(event.step), number));
    names = std::max(names, text_width(event.name, {.size = px(body)}));
  }
  const float name = area.left + steps + px(12);
  const float what = name + std::min(names, area.width * 0.3f) + px(12);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& event = report_.events[i];
    print_right(std::to_string(event.step), area.left + steps, top, number);
    print(event.name, {name, top},
          {.size = px(body), .color = event_color(event.name), .width = what - name - px(10)});
    print(event.what, {what, top},
          {.size = px(body), .width = right - what, .least_size = px(12.5f)});
    top += px(row);
  }
  return draw_more(report_.events.size() - shown, area.left, top);
}

float ReportPage::draw_samples(Area area) {
  const float top = draw_part("Samples", area.left, area.top, area.width);
  const std::string words = fmt::format("step {}", report_.samples_step);
  print_right(words, area.left + area.width, area.top + px(1),
              {.size = px(small), .color = theme().muted});
  ImGui::SetCursorScreenPos({area.left, top + px(4)});
  const PictureLayout made = viewer::draw(report_.samples, {area.width, area.bottom - top - px(4)});
  return top + made.size.y;
}

void ReportPage::draw_foot(Area area) {
  const float bottom = ImGui::GetIO().DisplaySize.y - px(58);
  const float right = area.left + area.width;
  line(area.left, right, bottom, theme().border);
  const std::string made = fmt::format("Lemnos {}", LEMNOS_VERSION);
  const TextStyle style{.size = px(small), .color = theme().muted};
  const float width = text_width(made, style);
  print_right(made, right, bottom + px(8), style);
  std::string problems;
  for (const std::string& problem : report_.problems)
    problems += (problems.empty() ? "" : "; ") + problem;
  print(problems, {area.left, bottom + px(8)},
        {.size = px(small), .color = theme().warning, .width = area.width - width - px(24)});
}

void write_report(const Report& report, std::shared_ptr<gpu::Device> device,
                  const std::filesystem::path& file, const PageOptions& options) {
  Window window(std::move(device), {.offscreen = true,
                                    .width = page_width,
                                    .height = page_height,
                                    .scale = options.scale,
                                    .look = options.look});
  window.restyle(options.look, units_scale);
  ReportPage page(report);
  for (int frame = 0; frame < 3; ++frame)  // ImGui takes a few to settle
    window.frame([&] { page.draw(); });
  data::write_png(file, window.capture());
}

}  // namespace lemnos::viewer
