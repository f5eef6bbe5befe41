// SPDX-License-Identifier: Apache-2.0
#include "viewer/plot/paint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "viewer/theme.h"

namespace lemnos::viewer {
namespace {

constexpr float edge = 1;  // pixels in which a band fades out

// Columns that do not overlap meet half-way, as a line between them would: a steep curve keeps its
// thickness.
std::vector<Stroke> joined(std::span<const Stroke> strokes) {
  std::vector<Stroke> all(strokes.begin(), strokes.end());
  for (std::size_t i = 1; i < all.size(); ++i) {
    Stroke &a = all[i - 1], &b = all[i];
    if (b.upper > a.lower) b.upper = a.lower = (a.lower + b.upper) / 2;
    if (b.lower < a.upper) b.lower = a.upper = (a.upper + b.lower) / 2;
  }
  return all;
}

// From the upper edge's outside to the lower edge's outside, a row of four vertices a column.
void band(ImDrawList& list, const std::vector<Stroke>& strokes, ImU32 color, float thickness) {
  const auto n = static_cast<int>(strokes.size());
  const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
  const ImU32 clear = faded(color, 0);
  list.PrimReserve((n - 1) * 18, n * 4);
  const unsigned base = list._VtxCurrentIdx;
  for (const Stroke& stroke : strokes) {
    const float middle = (stroke.upper + stroke.lower) / 2;
    const float half = std::max(stroke.lower - stroke.upper, thickness) / 2;
    list.PrimWriteVtx({stroke.x, middle - half - edge}, white, clear);
    list.PrimWriteVtx({stroke.x, middle - half}, white, color);
    list.PrimWriteVtx({stroke.x, middle + half}, white, color);
    list.PrimWriteVtx({stroke.x, middle + half + edge}, white, clear);
  }
  for (unsigned i = 0; i + 1 < static_cast<unsigned>(n); ++i) {
    for (unsigned row = 0; row < 3; ++row) {
      const unsigned at = base + 4 * i + row;
      for (const unsigned index : {at, at + 1, at + 5, at, at + 5, at + 4})
        list.PrimWriteIdx(static_cast<ImDrawIdx>(index));
    }
  }
}

// Whether a line turns back so far that ImGui would make it thinner there, until it is gone.
bool turns_back(ImVec2 a, ImVec2 b, ImVec2 c) {
  const ImVec2 one{b.x - a.x, b.y - a.y}, two{c.x - b.x, c.y - b.y};
  const float along = one.x * two.x + one.y * two.y;
  return along < -0.3f * std::hypot(one.x, one.y) * std::hypot(two.x, two.y);
}

// In pieces that end where it turns back.
void line(ImDrawList& list, std::span<const ImVec2> points, ImU32 color, float thickness) {
  constexpr std::size_t most = 8192;  // points in one call: ImGui may have indices of 16 bits
  for (std::size_t first = 0; first + 1 < points.size();) {
    std::size_t last = first + 1;
    while (last + 1 < points.size() && last - first + 1 < most &&
           !turns_back(points[last - 1], points[last], points[last + 1]))
      ++last;
    list.AddPolyline(points.data() + first, static_cast<int>(last - first + 1), color, 0,
                     thickness);
    first = last;
  }
}

float length(std::span<const ImVec2> points) {
  float sum = 0;
  for (std::size_t i = 1; i < points.size(); ++i)
    sum += std::hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
  return sum;
}

void dashes(ImDrawList& list, std::span<const ImVec2> points, ImU32 color, float thickness) {
  const float on = px(6), period = px(10);
  float phase = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const ImVec2 a = points[i - 1], b = points[i];
    const float size = std::hypot(b.x - a.x, b.y - a.y);
    for (float at = 0; at < size;) {
      const float step = std::min((phase < on ? on : period) - phase, size - at);
      const auto point = [&](float t) {
        return ImVec2{a.x + (b.x - a.x) * t / size, a.y + (b.y - a.y) * t / size};
      };
      if (phase < on) list.AddLine(point(at), point(at + step), color, thickness);
      at += std::max(step, 0.01f);
      phase = phase + step >= period - 0.01f ? 0 : phase + step;
      if (std::abs(phase - on) < 0.01f) phase = on;
    }
  }
}

// A piece without gaps.
void piece(ImDrawList& list, const Trace& trace, std::span<const Stroke> strokes, ImU32 color,
           float thickness, Dash dash) {
  if (strokes.size() == 1) {
    const ImVec2 at{strokes[0].x, (strokes[0].upper + strokes[0].lower) / 2};
    const float half = (strokes[0].lower - strokes[0].upper) / 2;
    if (half > thickness)
      list.AddLine({at.x, at.y - half}, {at.x, at.y + half}, color, thickness);
    else
      list.AddCircleFilled(at, std::max(thickness, px(2)), color, 8);
    return;
  }
  if (trace.columns) return band(list, joined(strokes), color, thickness);
  std::vector<ImVec2> points;
  points.reserve(strokes.size());
  for (const Stroke& stroke : strokes) points.emplace_back(stroke.x, stroke.upper);
  const float span = points.back().x - points.front().x;
  if (dash == Dash::solid || length(points) > 20 * px(500)) {
    line(list, points, color, thickness);
  } else {
    dashes(list, points, color, thickness);
  }
  if (dash == Dash::dashed && span > px(8) * static_cast<float>(points.size())) {
    for (const ImVec2& point : points) list.AddCircleFilled(point, px(2.5f), color, 10);
  }
}

}  // namespace

void paint(ImDrawList& list, const Trace& trace, ImU32 color, float thickness, Dash dash) {
  const std::span<const Stroke> all(trace.strokes);
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first + 1;
    while (last < all.size() && !all[last].starts) ++last;
    piece(list, trace, all.subspan(first, last - first), color, thickness, dash);
    first = last;
  }
}

}  // namespace lemnos::viewer
