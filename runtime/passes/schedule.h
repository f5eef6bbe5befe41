// SPDX-License-Identifier: Apache-2.0
// Waves: dispatches that may run at the same time stand between the same two barriers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lemnos {

struct Access {
  std::uint32_t buffer = 0;
  std::uint64_t offset = 0;  // bytes
  std::uint64_t bytes = 0;
  bool write = false;
};

// The wave of each dispatch, given what each reads and writes in an order in which they may run one
// by one. A dispatch comes one wave after the last one it conflicts with (read after write, write
// after read, write after write), so the number of waves is the longest chain of conflicts: the
// fewest barriers there can be. phases: of each dispatch, or none; one comes after all before it
// that are of an earlier phase.
std::vector<std::uint32_t> schedule_waves(std::span<const std::vector<Access>> dispatches,
                                          std::span<const std::uint32_t> phases = {});

}  // namespace lemnos
