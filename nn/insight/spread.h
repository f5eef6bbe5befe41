// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace lemnos {

// `count` of so many rows, in order and evenly spread, the first among them; all, where there are
// fewer.
inline std::vector<std::uint32_t> spread_rows(std::int64_t rows, std::int64_t count) {
  if (count > rows) count = rows;
  std::vector<std::uint32_t> some;
  for (std::int64_t i = 0; i < count; ++i)
    some.push_back(static_cast<std::uint32_t>(i * rows / count));
  return some;
}

}  // namespace lemnos
