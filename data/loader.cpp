// SPDX-License-Identifier: Apache-2.0
#include "data/loader.h"

#include <algorithm>
#include <numeric>

#include "runtime/base/philox.h"

namespace lemnos::data {

std::vector<std::uint32_t> in_order(std::uint32_t n) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  return order;
}

std::vector<std::uint32_t> shuffled(std::uint32_t n, std::uint64_t seed, std::uint64_t epoch) {
  constexpr std::uint32_t stream = 0xFFFFFFFF;
  auto order = in_order(n);
  PhiloxWords words{};
  std::uint32_t draws = 0;
  for (std::uint32_t i = n; i-- > 1; ++draws) {
    if (draws % 4 == 0) words = philox_block(seed, stream, epoch, draws / 4);
    const std::uint64_t product = std::uint64_t{words[draws % 4]} * (std::uint64_t{i} + 1);
    std::swap(order[i], order[static_cast<std::size_t>(product >> 32)]);
  }
  return order;
}

std::int64_t Batches::count() const {
  if (batch < 1) fail_usage("the batch size must be at least 1, not {}", batch);
  return (static_cast<std::int64_t>(order.size()) + batch - 1) / batch;
}

std::span<const std::uint32_t> Batches::rows(std::int64_t index) const {
  check(index >= 0 && index < count(), "batch {} does not exist: there are {}", index, count());
  const auto rest = std::span(order).subspan(static_cast<std::size_t>(index * batch));
  return rest.first(std::min(rest.size(), static_cast<std::size_t>(batch)));
}

}  // namespace lemnos::data
