// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/histograms_ridges.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/panels/histograms_strip.h"
#include "viewer/panels/parts.h"
#include "viewer/theme.h"

namespace lemnos::viewer {
namespace {

// How many values lie below this one, as far as bins tell.
double below(const Histogram& histogram, const std::vector<double>& sums, double value) {
  const double part = (value - histogram.low) / (histogram.high - histogram.low);
  const double at = std::clamp(part, 0.0, 1.0) * double{Histogram::bins};
  const auto bin = std::min(static_cast<std::size_t>(at), Histogram::bins - 1);
  return sums[bin] + histogram.counts[bin] * (at - static_cast<double>(bin));
}

// Each place has what lies nearer to it than to the others: bins of any width keep their area.
std::vector<float> heights_of(const Histogram& histogram, const StripRange& range,
                              std::size_t places) {
  std::vector<double> sums{0};
  for (const std::uint32_t count : histogram.counts) sums.push_back(sums.back() + count);
  std::vector<float> heights;
  const double width = (range.high - range.low) / static_cast<double>(places);
  for (std::size_t i = 0; i < places; ++i) {
    const double left = range.low + width * static_cast<double>(i);
    heights.push_back(
        static_cast<float>(below(histogram, sums, left + width) - below(histogram, sums, left)));
  }
  const float highest = *std::ranges::max_element(heights);
  for (float& height : heights) height = highest > 0 ? height / highest : 0;
  return heights;
}

// Where a ridge stands, and how it is drawn.
struct Place {
  float left, width, base, height;
  ImU32 fill, line;
};

void draw_ridge(const Ridge& ridge, const Place& place) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto count = static_cast<int>(ridge.heights.size());
  std::vector<ImVec2> outline;
  for (std::size_t i = 0; i < ridge.heights.size(); ++i)
    outline.push_back({place.left + place.width * (static_cast<float>(i) + 0.5f) /
                                        static_cast<float>(ridge.heights.size()),
                       place.base - place.height * ridge.heights[i]});
  const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
  list.PrimReserve((count - 1) * 6, count * 2);
  const unsigned first = list._VtxCurrentIdx;
  for (const ImVec2& point : outline) {
    list.PrimWriteVtx(point, white, place.fill);
    list.PrimWriteVtx({point.x, place.base}, white, place.fill);
  }
  for (unsigned i = 0; i + 1 < static_cast<unsigned>(count); ++i)
    for (const unsigned corner : {0u, 1u, 3u, 0u, 3u, 2u})
      list.PrimWriteIdx(static_cast<ImDrawIdx>(first + 2 * i + corner));
  list.AddPolyline(outline.data(), count, place.line, 0, px(1.2f));
}

}  // namespace

std::vector<Ridge> ridges_of(const LayerSeries<SpreadMoment>& series, std::size_t places,
                             std::size_t most) {
  std::vector<const SpreadMoment*> shown;
  for (const SpreadMoment& moment : series.moments)
    if (!moment.values.histogram.counts.empty()) shown.push_back(&moment);
  const StripRange range = range_of(series);
  const std::size_t count = std::min(shown.size(), std::max<std::size_t>(most, 2));
  std::vector<Ridge> ridges;
  for (std::size_t i = 0; i < count; ++i) {
    const SpreadMoment& moment = *shown[count == 1 ? 0 : i * (shown.size() - 1) / (count - 1)];
    ridges.push_back({moment.step, heights_of(moment.values.histogram, range, places)});
  }
  return ridges;
}

void draw_ridges(const std::vector<Ridge>& ridges, ImVec2 from, ImVec2 to, ImU32 color) {
  if (ridges.empty()) return;
  const Theme& t = theme();
  const bool one = ridges.size() == 1;
  const float space = to.y - from.y, line = ImGui::GetTextLineHeight();
  const float height = one ? space * 0.9f : std::min(space * 0.35f, px(160));
  const auto age_of = [&](std::size_t i) {  // 0 of the newest, 1 of the oldest
    return one ? 0 : 1 - static_cast<float>(i) / static_cast<float>(ridges.size() - 1);
  };
  const auto base_of = [&](std::size_t i) { return to.y - (space - height) * age_of(i); };
  for (std::size_t i = 0; i < ridges.size(); ++i) {
    const ImU32 fill = parts::mixed(t.surface, color, 0.75f - 0.5f * age_of(i));
    draw_ridge(ridges[i], {.left = from.x,
                           .width = to.x - from.x,
                           .base = base_of(i),
                           .height = height - px(2),
                           .fill = fill,
                           .line = parts::mixed(fill, t.text, 0.75f - 0.3f * age_of(i))});
  }
  float said = to.y + line;  // from the newest upwards
  for (std::size_t i = ridges.size(); i-- > 0;) {
    const float top = std::min(base_of(i) - line / 2, to.y - line);
    if (top + line > said - px(4)) continue;
    said = top;
    parts::text_in({from.x - px(58), top}, {from.x - px(6), top + line},
                   fmt::format("{}", ridges[i].step), t.muted, 1);
  }
}

}  // namespace lemnos::viewer
