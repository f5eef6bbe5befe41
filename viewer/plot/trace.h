// SPDX-License-Identifier: Apache-2.0
// What of a series is drawn into a rectangle of pixels: its points where they are few, the extremes
// in each column of pixels where they are many, so that no spike is lost.
#pragma once

#include <vector>

#include "viewer/plot/axis.h"
#include "viewer/plot/series.h"

namespace lemnos::viewer {

// Axes, and the rectangle on the screen that they span.
struct Frame {
  Axis x, y;
  float left = 0, top = 0, width = 1, height = 1;

  float at_x(double value) const;
  float at_y(double value) const;  // y grows downwards on the screen
};

struct Stroke {
  float x = 0, upper = 0, lower = 0;  // pixels; upper <= lower
  bool starts = false;                // is not joined to the one before: there is a gap
};

struct Trace {
  std::vector<Stroke> strokes;
  bool columns = false;  // one for each column of pixels, not for each point
};

// `values` are the series' own or smoothed ones. At most about `width` strokes; all points
// where `decimate` is off.
Trace trace(const Series& series, const Pyramid& values, XKind kind, const Frame& frame,
            bool decimate = true);

// Extremes of what is between two x; without the outer 5 % on either side where outliers are left
// out.
Extremes visible_extremes(const Series& series, const Pyramid& values, XKind kind, const Axis& x,
                          bool ignore_outliers);

}  // namespace lemnos::viewer
