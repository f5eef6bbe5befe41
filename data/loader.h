// SPDX-License-Identifier: Apache-2.0
// The order of the rows in an epoch, and its cut into batches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/array.h"

namespace lemnos::data {

// 0 ... n-1 in the order of one epoch: Fisher-Yates on Philox stream 2^32-1, step = epoch.
//
// Draw k (k = 0, 1, 2, ...) is word k % 4 of philox(key = seed, counter = (k / 4, 2^32-1, epoch
// low, epoch high)). For i = n-1 down to 1, the next draw gives j = (draw * (i + 1)) >> 32 in 64
// bits, and entries i and j change places. The multiply-shift favours an index by at most (i + 1) /
// 2^32. So the position in a shuffled data set is a function of (seed, step); resume needs nothing
// more.
std::vector<std::uint32_t> shuffled(std::uint32_t n, std::uint64_t seed, std::uint64_t epoch);

// 0 ... n-1 as they lie in the file.
std::vector<std::uint32_t> in_order(std::uint32_t n);

// One pass over a split. Rows are not copied: order names them, and the arrays must outlive this.
// The last batch is short when the batch size does not divide the rows.
struct Batches {
  const Array* inputs = nullptr;
  const Array* targets = nullptr;
  std::vector<std::uint32_t> order;
  std::int64_t batch = 0;

  std::int64_t count() const;                                     // batches in the pass
  std::span<const std::uint32_t> rows(std::int64_t index) const;  // rows of one batch
};

}  // namespace lemnos::data
