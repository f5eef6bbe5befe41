// SPDX-License-Identifier: Apache-2.0
// Results as a page to look at and to pass on.
#pragma once

#include <span>
#include <string>

#include "nn/bench/result.h"

namespace lemnos::bench {

// One HTML file, whole: its style and its pictures (SVG) are in it, it needs no script and no
// network, and it is light or dark as the reader's system is. Score, roofline, bars of kernels and
// models, and all rows; of one device or of several beside each other.
std::string report(std::span<const Result> results);

}  // namespace lemnos::bench
