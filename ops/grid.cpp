// SPDX-License-Identifier: Apache-2.0
#include "ops/grid.h"

#include <algorithm>

namespace lemnos {
namespace {

constexpr std::uint64_t turns_per_group = 60000;  // below the 65,535 of old CPU drivers

bool is_cpu(const gpu::Caps& caps) { return caps.type == gpu::DeviceType::cpu; }

}  // namespace

Grid grid_for(const gpu::Caps& caps, std::uint64_t items, std::uint32_t lanes,
              std::uint64_t turns_per_item) {
  const std::uint64_t units = std::max<std::uint64_t>(1, ceil_div(items, lanes));
  // On a CPU groups cost more than turns, and 64 keep its threads busy.
  const std::uint64_t groups = is_cpu(caps) ? 64 : caps.max_groups[0];
  std::uint64_t turns = ceil_div(units, std::min<std::uint64_t>(groups, caps.max_groups[0]));
  turns = std::min(turns, std::max<std::uint64_t>(1, turns_per_group / turns_per_item));
  turns = std::max(turns, ceil_div(units, caps.max_groups[0]));
  return {static_cast<std::uint32_t>(ceil_div(units, turns)), static_cast<std::uint32_t>(turns)};
}

bool register_tiles(const gpu::Caps& caps) {
  return caps.register_tiling_preferred && caps.subgroup_shuffle && caps.subgroup_ballot &&
         caps.subgroup_size >= 4 && caps.subgroup_size <= 16;
}

std::uint32_t flat_lanes(const gpu::Caps& caps) {
  return is_cpu(caps) ? std::max(8u, caps.subgroup_size) : 64;
}

}  // namespace lemnos
