// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/quantity.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace lemnos::viewer {
namespace {

constexpr const char* unknown = "–";

// Three digits: 1.23, 12.3, 123.
std::string digits(double value) {
  return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

template <std::size_t count>
std::string scaled(double value, double step, const std::array<std::string_view, count>& units) {
  std::size_t unit = 0;
  for (; value >= step * 0.9995 && unit + 1 < count; ++unit) value /= step;
  return fmt::format("{} {}", digits(value), units[unit]);
}

}  // namespace

std::string time_text(double seconds) { return scaled<3>(seconds * 1e6, 1000, {"µs", "ms", "s"}); }

std::string bytes_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string bandwidth_text(std::uint64_t bytes, double seconds) {
  if (bytes == 0 || !(seconds > 0)) return unknown;
  return scaled<4>(static_cast<double>(bytes) / seconds * 1e-3, 1000,
                   {"kB/s", "MB/s", "GB/s", "TB/s"});
}

std::string flops_text(double flops, double seconds) {
  if (!(flops > 0) || !(seconds > 0)) return unknown;
  return scaled<4>(flops / seconds * 1e-3, 1000, {"kFLOP/s", "MFLOP/s", "GFLOP/s", "TFLOP/s"});
}

std::string share_text(double share) { return fmt::format("{:.1f} %", share * 100); }

}  // namespace lemnos::viewer
