// SPDX-License-Identifier: Apache-2.0
#include "viewer/plot/trace.h"

#include <algorithm>
#include <cmath>

namespace lemnos::viewer {
namespace {

constexpr double farthest = 1e6;  // pixels: beyond them float is coarse

float pixels(double value) { return static_cast<float>(std::clamp(value, -farthest, farthest)); }

// Points, one stroke each, with the one before and the one after the visible ones.
void add_points(Trace& trace, const Series& series, const Pyramid& values, XKind kind,
                const Frame& frame, std::size_t first, std::size_t last) {
  bool starts = true;
  for (std::size_t i = first; i < last; ++i) {
    if (!std::isfinite(values[i])) {
      starts = true;
      continue;
    }
    const float y = frame.at_y(values[i]);
    trace.strokes.push_back({frame.at_x(series.x(kind, i)), y, y, starts});
    starts = false;
  }
}

void add_columns(Trace& trace, const Series& series, const Pyramid& values, XKind kind,
                 const Frame& frame, std::size_t first) {
  bool starts = true;
  const int columns = static_cast<int>(std::ceil(frame.width));
  for (int column = 0; column < columns; ++column) {
    const double end = frame.x.value((column + 1.0) / columns);
    const std::size_t last = series.lower(kind, end, first);
    const Extremes extremes = values.range(first, last);
    if (!extremes.empty()) {
      const float x = frame.left + (static_cast<float>(column) + 0.5f) * frame.width /
                                       static_cast<float>(columns);
      trace.strokes.push_back({x, frame.at_y(extremes.high), frame.at_y(extremes.low), starts});
    }
    if (last > first) starts = extremes.empty();  // points, all of them gaps
    first = last;
  }
}

}  // namespace

float Frame::at_x(double value) const { return pixels(left + x.place(value) * width); }
float Frame::at_y(double value) const { return pixels(top + (1 - y.place(value)) * height); }

Trace trace(const Series& series, const Pyramid& values, XKind kind, const Frame& frame,
            bool decimate) {
  Trace all;
  const std::size_t first = series.lower(kind, frame.x.low);
  const std::size_t last = series.lower(kind, frame.x.high, first);
  all.columns = decimate && static_cast<double>(last - first) > frame.width;
  if (all.columns) {
    add_columns(all, series, values, kind, frame, first);
  } else {
    add_points(all, series, values, kind, frame, first == 0 ? 0 : first - 1,
               std::min(last + 1, series.size()));
  }
  return all;
}

Extremes visible_extremes(const Series& series, const Pyramid& values, XKind kind, const Axis& x,
                          bool ignore_outliers) {
  const std::size_t first = series.lower(kind, x.low);
  std::size_t last = series.lower(kind, x.high, first);
  while (last < series.size() && series.x(kind, last) <= x.high) ++last;
  if (!ignore_outliers) return values.range(first, last);
  std::vector<double> sample;
  const std::size_t stride = (last - first) / 2048 + 1;
  for (std::size_t i = first; i < last; i += stride) {
    if (std::isfinite(values[i])) sample.push_back(values[i]);
  }
  std::ranges::sort(sample);
  const std::size_t cut = sample.size() < 5 ? 0 : (sample.size() + 19) / 20;
  Extremes inner;
  for (std::size_t i = cut; i + cut < sample.size(); ++i) inner.add(sample[i]);
  return inner;
}

}  // namespace lemnos::viewer
