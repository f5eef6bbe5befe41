// SPDX-License-Identifier: Apache-2.0
// A step's memory as plain data: which bytes hold what, and when.
#pragma once

#include <imgui/imgui.h>

#include <optional>
#include <vector>

#include "runtime/exec/plan.h"

namespace lemnos::viewer {

struct MemoryView {
  std::vector<PlannedBlock> blocks;  // `offset` counts from the first arena's beginning: see arenas
  std::vector<std::uint64_t> arenas;  // bytes of each; they stand one above another
  std::vector<std::uint64_t> alive;   // bytes in each wave
  std::uint64_t bytes = 0;            // of all arenas
  std::uint64_t lower_bound = 0;      // no plan needs less
  std::uint64_t budget = 0;           // of the device's memory; 0: not known
};
MemoryView memory_view(const Plan& plan, std::uint64_t budget = 0);

// Blocks, the largest first.
std::vector<std::size_t> largest_blocks(const MemoryView& view);

// Waves from left to right, bytes from the bottom up.
struct MemoryPlace {
  ImVec2 from{0, 0}, size{0, 0};
  double waves = 1, bytes = 1;

  float x(double wave) const { return from.x + static_cast<float>(wave / waves) * size.x; }
  float y(double byte) const { return from.y + size.y - static_cast<float>(byte / bytes) * size.y; }
};
MemoryPlace memory_place(const MemoryView& view, ImVec2 from, ImVec2 size);

// The block below a point, if any.
std::optional<std::size_t> block_at(const MemoryView& view, const MemoryPlace& place, ImVec2 point);

}  // namespace lemnos::viewer
