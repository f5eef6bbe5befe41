// SPDX-License-Identifier: Apache-2.0
// Kernels or models as bars.
#pragma once

#include <span>
#include <string>

#include "nn/bench/result.h"

namespace lemnos::bench {

// An <svg>. Of one device: each row's share of its roofline, or where that is not known its time.
// Of several: each row's speed on each device, the fastest being all of the width. "" of no rows.
std::string bar_chart(std::span<const Result> results, Part part);

}  // namespace lemnos::bench
