// SPDX-License-Identifier: Apache-2.0
// How values are spread: of weights, gradients and activations. On the host, of plain numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lemnos {

// Bins of one width from `low` to `high`. Where a few values lie far out (less than 0.1 % at either
// end) these are not between them, but counted below and above.
struct Histogram {
  static constexpr std::size_t bins = 64;

  double low = 0, high = 0;
  std::vector<std::uint32_t> counts;  // `bins` of them; none where no value was finite
  std::uint32_t below = 0, above = 0;
};

// Values that are not finite are left out.
Histogram histogram_of(std::span<const float> values);

struct ValueStatistics {
  std::int64_t elements = 0;    // of the tensor
  std::int64_t looked_at = 0;   // elements that all but the norm is of
  std::int64_t not_finite = 0;  // among those; the rest is of the others
  double mean = 0, deviation = 0, least = 0, most = 0;
  double zeros = 0;  // part that is exactly 0
  double norm = 0;   // L2, of all elements; not finite where one is not
  Histogram histogram;
};

// values: all of a tensor's elements, or a sample; sum_squares: of all.
ValueStatistics statistics_of(std::span<const float> values, std::int64_t elements,
                              double sum_squares);

}  // namespace lemnos
