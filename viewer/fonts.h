// SPDX-License-Identifier: Apache-2.0
// The fonts of assets/fonts, which the build puts into the program.
#pragma once

namespace lemnos::viewer {

// Makes fonts() for the theme's scale, in place of those that ImGui's current context had, sharp at
// every scale. Whoever renders then loads ImGui's font texture anew.
void make_fonts();

}  // namespace lemnos::viewer
