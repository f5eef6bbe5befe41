// SPDX-License-Identifier: Apache-2.0
// The card that a panel is drawn in: its title, and a menu to take away what it shows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "data/array.h"
#include "viewer/panel.h"
#include "viewer/theme.h"

namespace lemnos::viewer {

enum class Take : std::uint8_t { png, csv, json };

struct CardResult {
  std::optional<Take> take;  // chosen in the menu, or by Ctrl-S (PNG) where the card has the focus
  bool enlarge = false;      // double click on the title, or F: the whole tab, or back again
  ImVec4 rectangle{0, 0, 0, 0};  // left, top, width, height on the screen
};

// Draws the panel at the cursor. A size of 0: what is left.
CardResult draw_card(Panel& panel, ImVec2 size, bool enlarged = false);

// folder/TITLE-step-N.ENDING; the folder is made. picture: pixels of the card, for PNG. Returns the
// path. Fails where it cannot be written.
std::filesystem::path take_away(const Panel& panel, Take as, const std::filesystem::path& folder,
                                std::uint64_t step, const data::Array& picture);

}  // namespace lemnos::viewer
