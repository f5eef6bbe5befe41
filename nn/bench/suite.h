// SPDX-License-Identifier: Apache-2.0
// The whole benchmark on one device.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/bench/result.h"
#include "nn/bench/timer.h"

namespace lemnos::bench {

struct SuiteOptions {
  bool ceilings = true, kernels = true, models = true;
  bool quick = false;                 // some of the rows, measured for a shorter time
  Tune tune = Tune::off;              // how programs choose their kernels
  std::string match = {};             // only rows of such a name: see matches()
  std::string name = {};              // of the device in the result; empty: its own
  std::optional<Effort> effort = {};  // instead of what `quick` means
};

// A pattern of which * is any text and ? any character; without these, a part of the name. Several
// are separated by commas.
bool matches(std::string_view pattern, std::string_view name);

// What would be measured, in order. Kernels bring along the ceilings of their roofline.
std::vector<std::string> row_names(const gpu::Caps& caps, const SuiteOptions& options);

// watch: called before each row, with the rows done and their number altogether. A program that is
// asked to stop gets the rows that are complete; where the device is lost, the row that lost it is
// the last. Wrong usage: no row matches.
using Watch = std::function<void(std::size_t done, std::size_t all, std::string_view name)>;
Result run_suite(const std::shared_ptr<gpu::Device>& device, const SuiteOptions& options,
                 const Watch& watch = {});

}  // namespace lemnos::bench
