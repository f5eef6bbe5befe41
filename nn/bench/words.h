// SPDX-License-Identifier: Apache-2.0
// What tables and reports call things. Empty texts for what is not known.
#pragma once

#include <span>
#include <string>

#include "nn/bench/result.h"

namespace lemnos::bench {

std::string flops_text(double gflops);  // "15.39 TFLOP/s"
std::string bytes_text(double gbps);    // "716.8 GB/s"
std::string ms_text(double ms);         // "0.1395 ms"
std::string share_text(double share);   // "54 %"

std::string title_of(Part part);                  // "Kernels"
std::string error_text(const Row& row);           // "0.12", "not finite"
std::string extra_text(const Row::Extra& extra);  // "peak memory 295.6 MiB"

std::string driver_text(const Header& header);    // "llvmpipe Mesa 22.3.6"
std::string memory_text(const Header& header);    // "8.0 GiB"
std::string subgroup_text(const Header& header);  // "32 (16 to 32)"
std::string matrices_text(const Header& header);  // "16x16x16 f16 -> f32, ...", "none"

// What to call one of several: its device, with its driver where another has the same device.
std::string label_of(const Result& result, std::span<const Result> results);

}  // namespace lemnos::bench
