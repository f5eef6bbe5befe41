// SPDX-License-Identifier: Apache-2.0
// The roofline of one device as a picture (Williams, Waterman, Patterson, "Roofline: an insightful
// visual performance model", 2009).
#pragma once

#include <string>

#include "nn/bench/result.h"

namespace lemnos::bench {

// An <svg>: operations per byte against operations per second, both logarithmic; the roofs are the
// measured ceilings, the points are the kernels. "" where there is nothing to draw.
std::string roofline_plot(const Result& result);

}  // namespace lemnos::bench
