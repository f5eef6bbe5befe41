// SPDX-License-Identifier: Apache-2.0
// Where values that live only within a step lie: the same bytes serve several, one after another.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lemnos {

struct Block {
  std::uint64_t bytes = 0;
  std::uint32_t first_wave = 0;  // written
  std::uint32_t last_wave = 0;   // last read, inclusive
};

struct MemoryPlan {
  struct Place {
    std::uint32_t arena = 0;
    std::uint64_t offset = 0;  // a multiple of 256
  };
  std::vector<Place> places;  // of each block
  std::vector<std::uint64_t> arena_bytes;
  std::uint64_t lower_bound = 0;  // most bytes alive in one wave: no plan needs less

  std::uint64_t total() const;
};

// Blocks whose lifetimes share a wave get disjoint bytes. Largest first, each at the lowest offset
// that fits ("greedy by size", Pisarchyk and Lee, arXiv 2001.03288). No arena grows beyond
// max_arena_bytes; a block larger than that is an error. alias = false: nothing is shared.
MemoryPlan plan_memory(std::span<const Block> blocks, std::uint64_t max_arena_bytes, bool alias);

}  // namespace lemnos
