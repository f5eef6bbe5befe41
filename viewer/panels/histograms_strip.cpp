// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/histograms_strip.h"

#include <algorithm>
#include <cmath>

#include "viewer/theme.h"

namespace lemnos::viewer {
namespace {

// Each moment has a column that reaches to the next; the last one is as wide as the others are.
template <class Moment>
struct Columns {
  const std::vector<Moment>& moments;
  float left, right;

  float start(std::size_t i) const {
    return left + (right - left) * static_cast<float>(i) / static_cast<float>(moments.size());
  }
  float middle(std::size_t i) const { return (start(i) + start(i + 1)) / 2; }
};

// Bins are joined so that none is thinner than a pixel.
void draw_column(const Histogram& histogram, const StripRange& range, ImVec2 from, ImVec2 to,
                 ImU32 color) {
  if (histogram.counts.empty()) return;
  const auto highest = static_cast<float>(*std::ranges::max_element(histogram.counts));
  const double scale = (to.y - from.y) / (range.high - range.low);
  const double bin = (histogram.high - histogram.low) / double{Histogram::bins};
  const auto y_of = [&](double value) {
    return static_cast<float>(to.y - (value - range.low) * scale);
  };
  const std::size_t joined = std::clamp<std::size_t>(
      static_cast<std::size_t>(1.5 / std::max(bin * scale, 1e-3)), 1, Histogram::bins);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  for (std::size_t first = 0; first < Histogram::bins; first += joined) {
    const std::size_t end = std::min(first + joined, Histogram::bins);
    std::uint32_t most = 0;
    for (std::size_t i = first; i < end; ++i) most = std::max(most, histogram.counts[i]);
    if (most == 0) continue;
    const float density = std::sqrt(static_cast<float>(most) / highest);
    // Whole pixels: edges that overlap would show as lines.
    const float top = std::floor(y_of(histogram.low + bin * static_cast<double>(end)));
    const float bottom = std::floor(y_of(histogram.low + bin * static_cast<double>(first)));
    draw.AddRectFilled({from.x, top}, {to.x, std::max(bottom, top + 1)},
                       faded(color, 0.06f + 0.84f * density));
  }
}

template <class Moment, class Place>
void draw_curve(const Columns<Moment>& columns, ImU32 color, float thick, Place place) {
  std::vector<ImVec2> points;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const auto finish = [&] {
    if (points.size() == 1) draw.AddCircleFilled(points[0], thick * 1.5f, color);
    if (points.size() > 1)
      draw.AddPolyline(points.data(), static_cast<int>(points.size()), color, 0, thick);
    points.clear();
  };
  for (std::size_t i = 0; i < columns.moments.size(); ++i) {
    const float y = place(columns.moments[i]);
    if (std::isfinite(y)) {
      points.push_back({columns.middle(i), y});
    } else {
      finish();
    }
  }
  finish();
}

}  // namespace

StripRange range_of(const LayerSeries<SpreadMoment>& series) {
  StripRange range{.low = HUGE_VAL, .high = -HUGE_VAL};
  for (const SpreadMoment& moment : series.moments) {
    const Histogram& histogram = moment.values.histogram;
    if (histogram.counts.empty()) continue;
    range.low = std::min(range.low, histogram.low);
    range.high = std::max(range.high, histogram.high);
    range.any = true;
  }
  return range.any ? range : StripRange();
}

void draw_strip(const LayerSeries<SpreadMoment>& series, ImVec2 from, ImVec2 to, ImU32 color,
                bool curves) {
  const StripRange range = range_of(series);
  if (!range.any) return;
  const Columns<SpreadMoment> columns{series.moments, from.x, to.x};
  const auto y_of = [&](double value) {
    const double part = (value - range.low) / (range.high - range.low);
    return static_cast<float>(to.y - std::clamp(part, 0.0, 1.0) * (to.y - from.y));
  };
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const bool around_zero = range.low < 0 && range.high > 0;
  // Columns share their edges' pixels: whole ones, or the seams would show.
  for (std::size_t i = 0; i < series.moments.size(); ++i)
    draw_column(
        series.moments[i].values.histogram, range, {std::floor(columns.start(i)), from.y},
        {std::max(std::floor(columns.start(i + 1)), std::floor(columns.start(i)) + 1), to.y},
        color);
  if (around_zero) draw.AddLine({from.x, y_of(0)}, {to.x, y_of(0)}, faded(theme().muted, 0.5f));
  if (!curves) return;
  const auto at = [&](double deviations) {
    return [&, deviations](const SpreadMoment& moment) {
      const ValueStatistics& v = moment.values;
      return v.histogram.counts.empty() ? NAN : y_of(v.mean + deviations * v.deviation);
    };
  };
  draw_curve(columns, faded(theme().text, 0.45f), px(1), at(1));
  draw_curve(columns, faded(theme().text, 0.45f), px(1), at(-1));
  draw_curve(columns, theme().text, px(1.5f), at(0));
}

float ratio_place(double ratio) {
  if (!std::isfinite(ratio)) return NAN;
  return static_cast<float>(std::clamp((std::log10(std::max(ratio, 1e-30)) + 6) / 6, 0.0, 1.0));
}

void draw_ratios(const LayerSeries<RatioMoment>& series, ImVec2 from, ImVec2 to, ImU32 color) {
  const auto y_of = [&](double ratio) { return to.y - ratio_place(ratio) * (to.y - from.y); };
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled({from.x, y_of(3e-3)}, {to.x, y_of(3e-4)}, faded(theme().good, 0.16f));
  draw.AddLine({from.x, y_of(1e-3)}, {to.x, y_of(1e-3)}, faded(theme().good, 0.6f));
  draw_curve(Columns<RatioMoment>{series.moments, from.x, to.x}, color, px(1.5f),
             [&](const RatioMoment& moment) { return y_of(moment.ratio); });
}

}  // namespace lemnos::viewer
