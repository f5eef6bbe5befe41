// SPDX-License-Identifier: Apache-2.0
#include "runtime/passes/plan_memory.h"

#include <algorithm>
#include <numeric>

#include "runtime/base/error.h"

namespace lemnos {
namespace {

constexpr std::uint64_t alignment = 256;

std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

bool overlap(const Block& a, const Block& b) {
  return a.first_wave <= b.last_wave && b.first_wave <= a.last_wave;
}

std::uint64_t most_alive(std::span<const Block> blocks) {
  std::uint32_t waves = 0;
  for (const Block& block : blocks) waves = std::max(waves, block.last_wave + 1);
  std::vector<std::uint64_t> alive(waves);
  for (const Block& block : blocks)
    for (std::uint32_t wave = block.first_wave; wave <= block.last_wave; ++wave)
      alive[wave] += aligned(block.bytes);
  return alive.empty() ? 0 : *std::ranges::max_element(alive);
}

struct Placed {
  std::uint64_t offset, end;
  std::uint32_t block;
};

// The lowest offset in one arena where `bytes` fit beside the blocks alive at the same time.
std::uint64_t lowest_fit(std::span<const Placed> placed, std::span<const Block> blocks,
                         const Block& block, bool alias) {
  std::uint64_t offset = 0;
  for (const Placed& other : placed) {  // ascending by offset
    if (alias && !overlap(blocks[other.block], block)) continue;
    if (offset + aligned(block.bytes) <= other.offset) break;
    offset = std::max(offset, other.end);
  }
  return offset;
}

}  // namespace

std::uint64_t MemoryPlan::total() const {
  return std::accumulate(arena_bytes.begin(), arena_bytes.end(), std::uint64_t{0});
}

MemoryPlan plan_memory(std::span<const Block> blocks, std::uint64_t max_arena_bytes, bool alias) {
  MemoryPlan plan;
  plan.places.resize(blocks.size());
  plan.lower_bound = most_alive(blocks);

  std::vector<std::uint32_t> order(blocks.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order,
                           [&](auto a, auto b) { return blocks[a].bytes > blocks[b].bytes; });

  std::vector<std::vector<Placed>> arenas;
  for (const std::uint32_t i : order) {
    const std::uint64_t bytes = aligned(blocks[i].bytes);
    if (bytes > max_arena_bytes)
      throw Error(fmt::format("one value of a step needs {} bytes; the device allocates at most {} "
                              "at once: use a smaller batch",
                              bytes, max_arena_bytes),
                  ErrorKind::out_of_memory);
    std::uint32_t arena = 0;
    std::uint64_t offset = 0;
    for (;; ++arena) {
      if (arena == arenas.size()) arenas.emplace_back();
      offset = lowest_fit(arenas[arena], blocks, blocks[i], alias);
      if (offset + bytes <= max_arena_bytes) break;
    }
    plan.places[i] = {arena, offset};
    auto& placed = arenas[arena];
    placed.insert(std::ranges::upper_bound(placed, offset, {}, &Placed::offset),
                  {offset, offset + bytes, i});
  }
  for (const auto& placed : arenas) {
    std::uint64_t end = 0;
    for (const Placed& block : placed) end = std::max(end, block.end);
    plan.arena_bytes.push_back(end);
  }
  return plan;
}

}  // namespace lemnos
