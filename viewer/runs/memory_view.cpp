// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/memory_view.h"

#include <algorithm>
#include <numeric>

namespace lemnos::viewer {

MemoryView memory_view(const Plan& plan, std::uint64_t budget) {
  MemoryView view{.blocks = plan.blocks,
                  .bytes = plan.stats.arena_bytes,
                  .lower_bound = plan.stats.arena_lower_bound,
                  .budget = budget};
  for (const PlanBuffer& buffer : plan.buffers)
    if (buffer.kind == PlanBuffer::Kind::arena) view.arenas.push_back(buffer.bytes);
  std::vector<std::uint64_t> begins(view.arenas.size() + 1);
  std::partial_sum(view.arenas.begin(), view.arenas.end(), begins.begin() + 1);
  view.alive.resize(plan.stats.waves);
  for (PlannedBlock& block : view.blocks) {
    block.offset += begins.at(block.arena);
    for (std::uint32_t wave = block.first_wave; wave <= block.last_wave; ++wave)
      view.alive.at(wave) += block.bytes;
  }
  return view;
}

std::vector<std::size_t> largest_blocks(const MemoryView& view) {
  std::vector<std::size_t> order(view.blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](auto a, auto b) { return view.blocks[a].bytes > view.blocks[b].bytes; });
  return order;
}

}  // namespace lemnos::viewer
