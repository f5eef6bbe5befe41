// SPDX-License-Identifier: Apache-2.0
// How many workgroups a kernel gets whose invocations each walk over several items.
#pragma once

#include <cstdint>
#include <type_traits>

#include "runtime/gpu/caps.h"

namespace lemnos {

// How many parts of `part` hold `all`, the last perhaps not full.
template <class A, class B>
constexpr auto ceil_div(A all, B part) {
  using Wide = std::common_type_t<A, B, std::int64_t>;
  return (static_cast<Wide>(all) + static_cast<Wide>(part) - 1) / static_cast<Wide>(part);
}

// Whether parts of `part` that hold `all` leave no more than an eighth of it unused.
constexpr bool fills(std::int64_t all, std::int64_t part) {
  return (ceil_div(all, part) * part - all) * 8 <= all;
}

// Workgroups and turns for `items` invocations of work, `lanes` invocations a group: an invocation
// takes `turns` items at most.
struct Grid {
  std::uint32_t groups = 1, turns = 1;
};
Grid grid_for(const gpu::Caps& caps, std::uint64_t items, std::uint32_t lanes,
              std::uint64_t turns_per_item = 1);

// Whether the register tiles of CPU drivers (shaders/common/tile.glsl) run here.
bool register_tiles(const gpu::Caps& caps);

// Invocations of a workgroup that share nothing: one subgroup on a CPU, where groups are threads.
std::uint32_t flat_lanes(const gpu::Caps& caps);

}  // namespace lemnos
