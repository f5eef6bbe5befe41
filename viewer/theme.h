// SPDX-License-Identifier: Apache-2.0
// Colours, sizes and fonts: the one place that says how the viewer looks.
#pragma once

#include <imgui/imgui.h>

#include <array>
#include <cstdint>

namespace lemnos::viewer {

enum class Look : std::uint8_t { dark, light };

struct Theme {
  Look look = Look::dark;
  float scale = 1;  // pixels in a logical unit: the display's, times the user's own

  ImU32 background = 0, surface = 0, raised = 0;  // of the window, a panel, a control
  ImU32 border = 0, grid = 0;                     // between panels; of plots
  ImU32 text = 0, muted = 0;
  ImU32 accent = 0, warning = 0, error = 0, good = 0;
  // Of curves and classes, in order: told apart also by the colour-blind (Okabe and Ito 2008).
  std::array<ImU32, 8> series{};
};

const Theme& theme();
// Sets the theme, and ImGui's style by it. Fonts are made by the window that draws.
void use_theme(Look look, float scale);

// Logical units as pixels: all sizes are written as px(8).
inline float px(float units) { return units * theme().scale; }
// The colour, at this part of its opacity.
ImU32 faded(ImU32 color, float opacity);
ImVec4 as_vector(ImU32 color);
// Of text on an opaque colour, whatever the look: nearly black or white.
ImU32 text_on(ImU32 color);
// Theme::series as they are to be seen on pictures, which are not lighter in the light look.
const std::array<ImU32, 8>& series_on_pictures();

// Fonts, made by the window; ImGui's own where there are none (tests).
struct Fonts {
  ImFont* text = nullptr;     // 15 units
  ImFont* title = nullptr;    // 15 units, semi-bold
  ImFont* numbers = nullptr;  // 14 units, all digits of one width
  ImFont* large = nullptr;    // 24 units: the figure that a panel is about
};
Fonts& fonts();

// Pushes a font where there is one, for as long as it lives.
class UseFont {
 public:
  explicit UseFont(ImFont* font) { ImGui::PushFont(font); }
  ~UseFont() { ImGui::PopFont(); }
  UseFont(const UseFont&) = delete;
  UseFont& operator=(const UseFont&) = delete;
};

}  // namespace lemnos::viewer
