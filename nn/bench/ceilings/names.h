// SPDX-License-Identifier: Apache-2.0
// The names of the rows of Part::ceiling. What measures them and what draws a roofline from them
// agree on these.
//
// A ceiling is a row like others: arithmetic has flops, copies and reads have bytes, latencies have
// times only. Its gflops() or gbps() is the ceiling.
#pragma once

#include <string>
#include <string_view>

namespace lemnos::bench::ceiling {

// "ceiling f32 arithmetic", of f32, f16, bf16 and int8: multiply-adds of plain shaders.
inline std::string arithmetic(std::string_view precision) {
  return "ceiling " + std::string(precision) + " arithmetic";
}
// "ceiling f16 cooperative": of cooperative matrices, where the device has them.
inline std::string cooperative(std::string_view precision) {
  return "ceiling " + std::string(precision) + " cooperative";
}

// Of four 8-bit integers in a word, added to one of 32 bits.
constexpr std::string_view dot_product = "ceiling int8 dot product";

constexpr std::string_view copy = "ceiling copy";                // bytes read plus bytes written
constexpr std::string_view cached_read = "ceiling cached read";  // of what fits in a cache
constexpr std::string_view upload = "ceiling upload";            // from the host's memory
constexpr std::string_view download = "ceiling download";
constexpr std::string_view empty_dispatch = "ceiling empty dispatch";  // one of many, no barriers
constexpr std::string_view barrier = "ceiling barrier";                // empty dispatch and barrier
constexpr std::string_view submission = "ceiling submission";  // of nothing, until it is complete

}  // namespace lemnos::bench::ceiling
