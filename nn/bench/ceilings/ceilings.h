// SPDX-License-Identifier: Apache-2.0
// What a device can do at most, measured by kernels that do nothing else (shaders/probe).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/bench/result.h"
#include "nn/bench/timer.h"

namespace lemnos::bench {

// A row each, named in ceiling_names.h. What this device or this build cannot do has a row too,
// without times, and a note that says why. flops: a multiply and an add are two, whether or not
// they are fused, and also where they are of integers.
std::vector<std::string> ceiling_names();
// Of one of these names. Where the driver offers several ways, the fastest counts: the row's note
// says which.
Row measure_ceiling(std::string_view name, Timer& timer);

// The roofline (Williams, Waterman and Patterson 2009): work takes as long as its arithmetic or its
// memory traffic, whichever is longer.
struct Roofline {
  double flops_per_second = 0, half_flops_per_second = 0;  // 0: not known
  double bytes_per_second = 0;

  // From "ceiling f32 arithmetic", "ceiling f16 arithmetic", "ceiling f16 cooperative" and "ceiling
  // copy", those that there are. 16-bit values may be computed with in any of these ways: the
  // fastest is their ceiling.
  static Roofline of(std::span<const Row> rows);
  double ms(double flops, double bytes, std::string_view precision) const;  // 0: not known
};

// Bytes that a memory-bound row must touch between two uses of the same one, so that none is found
// in a cache.
std::uint64_t beyond_caches(const gpu::Caps& caps);

}  // namespace lemnos::bench
