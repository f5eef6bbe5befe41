// SPDX-License-Identifier: Apache-2.0
#include "viewer/fonts.h"

#include <cmath>
#include <cstdint>

#include "runtime/base/error.h"
#include "viewer/theme.h"

namespace lemnos::viewer {
namespace {

constexpr std::uint8_t inter_regular[] = {
#include "viewer/Inter-Regular.otf.inc"
};
constexpr std::uint8_t inter_semi_bold[] = {
#include "viewer/Inter-SemiBold.otf.inc"
};
constexpr std::uint8_t jetbrains_mono[] = {
#include "viewer/JetBrainsMono-Regular.ttf.inc"
};

// What assets/README.md keeps of the fonts: Latin, Greek, and the signs that a user interface
// needs.
constexpr ImWchar glyphs[] = {0x0020, 0x00ff, 0x0131, 0x0192, 0x02c6, 0x02dc, 0x0394,
                              0x03c9, 0x2010, 0x20ac, 0x2190, 0x2195, 0x2202, 0x2265,
                              0x25a0, 0x25cf, 0x2713, 0x2713, 0};

// A face at this many units of line height. ImGui keeps a reference to the bytes, no copy.
template <std::size_t n>
ImFont* add(const std::uint8_t (&face)[n], float units) {
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  config.OversampleH = theme().scale < 1.5f ? 3 : 2;
  config.OversampleV = 1;
  config.GlyphRanges = glyphs;
  ImFont* const font = ImGui::GetIO().Fonts->AddFontFromMemoryTTF(
      const_cast<std::uint8_t*>(face), static_cast<int>(n), std::round(px(units)), &config);
  check(font != nullptr, "a font of the program cannot be read: it was built wrongly");
  return font;
}

}  // namespace

void make_fonts() {
  ImGui::GetIO().Fonts->Clear();
  fonts().text = add(inter_regular, 17);  // an em of 14 units
  fonts().title = add(inter_semi_bold, 17);
  fonts().numbers = add(jetbrains_mono, 17);
  fonts().large = add(inter_semi_bold, 29);
  check(ImGui::GetIO().Fonts->Build(), "the program's fonts cannot be drawn at scale {}",
        theme().scale);
}

}  // namespace lemnos::viewer
