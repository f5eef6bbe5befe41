// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "runtime/base/philox.h"

namespace lemnos::data {

// Numbers for one row: a stream for each split, a step for each row, so no row depends on another.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint32_t stream, std::uint64_t row)
      : seed_(seed), stream_(stream), row_(row) {}

  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(std::uint64_t{bits()} * n >> 32);
  }
  float uniform(float low, float high) { return low + (high - low) * unit_float(bits()); }
  // Sum of 12 uniforms: variance 1, and exact in f32 where log and cos would differ by libm.
  float normal() {
    float sum = -6.0f;
    for (int i = 0; i < 12; ++i) sum += unit_float(bits());
    return sum;
  }

 private:
  std::uint32_t bits() { return philox_word(seed_, stream_, row_, next_++); }

  std::uint64_t seed_;
  std::uint32_t stream_;
  std::uint64_t row_;
  std::uint64_t next_ = 0;
};

}  // namespace lemnos::data
