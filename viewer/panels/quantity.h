// SPDX-License-Identifier: Apache-2.0
// Quantities as panels write them: few digits, a unit that fits.
#pragma once

#include <cstdint>
#include <string>

namespace lemnos::viewer {

std::string time_text(double seconds);        // "1.24 ms"
std::string bytes_text(std::uint64_t bytes);  // "1.5 GiB", "96.0 KiB", "12 B"
// Rates of a time; "–" where there is none or nothing is known.
std::string bandwidth_text(std::uint64_t bytes, double seconds);  // "31.2 GB/s"
std::string flops_text(double flops, double seconds);             // "1.35 TFLOP/s", "412 GFLOP/s"
std::string share_text(double share);                             // "12.4 %"

}  // namespace lemnos::viewer
