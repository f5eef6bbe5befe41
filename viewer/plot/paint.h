// SPDX-License-Identifier: Apache-2.0
// Curves as vertices of ImGui's draw lists.
#pragma once

#include <imgui/imgui.h>

#include "viewer/plot/trace.h"

namespace lemnos::viewer {

enum class Dash : std::uint8_t { solid, dashed };  // dashed: with dots where points are few

// Four vertices a point of a line or a column of extremes: two of it, and two of its smooth edge.
// Clipped by whoever has set a clip rectangle.
void paint(ImDrawList& list, const Trace& trace, ImU32 color, float thickness, Dash dash);

}  // namespace lemnos::viewer
