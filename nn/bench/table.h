// SPDX-License-Identifier: Apache-2.0
// Results as text for a terminal.
#pragma once

#include <span>
#include <string>

#include "nn/bench/result.h"

namespace lemnos::bench {

struct TableStyle {
  std::size_t max_width = 110;  // of one device's table; names are shortened to keep it
  bool color = false;           // escape codes, for a terminal
};

// What was measured, on what, with which program: a few lines.
std::string header_text(const Header& header, TableStyle style = {});

// The rows of one result, in sections. Or of several devices beside each other, each a column of
// medians; a row is there once, and a device that lacks it has no time there.
std::string table_text(std::span<const Result> results, TableStyle style = {});

}  // namespace lemnos::bench
