// SPDX-License-Identifier: Apache-2.0
// Lines of text in a page: at any size, and never longer than there is room for.
#pragma once

#include <limits>
#include <string>

#include "viewer/theme.h"

namespace lemnos::viewer {

struct TextStyle {
  ImFont* font = nullptr;                                // none: fonts().text
  float size = 0;                                        // pixels
  ImU32 color = 0;                                       // 0: theme().text
  float width = std::numeric_limits<float>::infinity();  // room for it, in pixels
  float least_size = 0;  // it may become so small to fit; 0: it is cut at once
};

float text_width(const std::string& text, const TextStyle& style);

// The text, or as much of it as fits, with "…" at its end.
std::string fitted(const std::string& text, const TextStyle& style);

// Into the current window, from the left upper corner on; or so that it ends at `right`.
void print(const std::string& text, ImVec2 at, TextStyle style);
void print_right(const std::string& text, float right, float top, const TextStyle& style);

}  // namespace lemnos::viewer
