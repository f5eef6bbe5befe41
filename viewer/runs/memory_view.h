// SPDX-License-Identifier: Apache-2.0
// A step's memory as plain data: which bytes hold what, and when.
#pragma once

#include <cstddef>
#include <cstdint>
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

}  // namespace lemnos::viewer
