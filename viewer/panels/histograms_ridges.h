// SPDX-License-Identifier: Apache-2.0
// The spread of one layer's values over the run as outlines, one for a step: values from left to
// right, the newest step in front, older ones behind it and higher up.
#pragma once

#include <imgui/imgui.h>

#include "viewer/panels/histograms_history.h"

namespace lemnos::viewer {

struct Ridge {
  std::uint64_t step = 0;
  std::vector<float> heights;  // at places evenly spread over range_of(series), the highest 1
};

// The oldest first; at most so many (2 or more), evenly chosen, with the first and the newest.
// Moments without a finite value have none.
std::vector<Ridge> ridges_of(const LayerSeries<SpreadMoment>& series, std::size_t places,
                             std::size_t most);

// Steps are said left of `from`, as far as they do not touch.
void draw_ridges(const std::vector<Ridge>& ridges, ImVec2 from, ImVec2 to, ImU32 color);

}  // namespace lemnos::viewer
