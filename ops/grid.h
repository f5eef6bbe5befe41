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

// Workgroups and turns for `items` invocations of work, `lanes` invocations a group: an invocation
// takes every (groups * lanes)-th item, `turns` of them at most.
struct Grid {
  std::uint32_t groups = 1, turns = 1;
};
Grid grid_for(const gpu::Caps& caps, std::uint64_t items, std::uint32_t lanes,
              std::uint64_t turns_per_item = 1);

// Invocations of a workgroup that share nothing: one subgroup on a CPU, where groups are threads.
std::uint32_t flat_lanes(const gpu::Caps& caps);

}  // namespace lemnos
