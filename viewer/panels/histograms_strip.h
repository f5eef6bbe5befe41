// SPDX-License-Identifier: Apache-2.0
// The spread of one layer's values over the run, drawn as a strip: steps from left to right, values
// upwards, darker where more of them lie.
#pragma once

#include <imgui/imgui.h>

#include "viewer/panels/histograms_history.h"

namespace lemnos::viewer {

// The range of values that a strip covers: of all moments.
struct StripRange {
  double low = 0, high = 1;
  bool any = false;  // whether a moment has finite values
};
StripRange range_of(const LayerSeries<SpreadMoment>& series);

// curves: the mean, and one deviation to either side of it.
void draw_strip(const LayerSeries<SpreadMoment>& series, ImVec2 from, ImVec2 to, ImU32 color,
                bool curves);
// The part of a logarithmic axis from 1e-6 to 1 at which a ratio stands, 0 to 1; NaN of one that is
// not finite.
float ratio_place(double ratio);
// The ratio on a logarithmic axis from 1e-6 to 1, with the healthy band about 1e-3.
void draw_ratios(const LayerSeries<RatioMoment>& series, ImVec2 from, ImVec2 to, ImU32 color);

}  // namespace lemnos::viewer
