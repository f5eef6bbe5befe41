// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nn/bench/columns.h"

namespace lemnos::bench {
namespace {

std::string with_unit(double value, double thousand, std::string_view unit,
                      std::string_view larger) {
  if (value == 0) return "";
  return value < thousand ? fmt::format("{} {}", figure(value), unit)
                          : fmt::format("{} {}", figure(value / 1000), larger);
}

}  // namespace

std::string flops_text(double gflops) { return with_unit(gflops, 1e4, "GFLOP/s", "TFLOP/s"); }
std::string bytes_text(double gbps) { return with_unit(gbps, 1e4, "GB/s", "TB/s"); }
std::string ms_text(double ms) { return with_unit(ms, 1e4, "ms", "s"); }
std::string share_text(double share) {
  return share == 0 ? "" : fmt::format("{:.0f} %", 100 * share);
}

std::string title_of(Part part) {
  constexpr std::string_view titles[] = {"Ceilings", "Kernels", "Models"};
  return std::string(titles[static_cast<std::size_t>(part)]);
}

std::string error_text(const Row& row) {
  if (!row.checked) return "";
  return std::isfinite(row.error) ? figure(row.error, 2) : "not finite";
}

std::string extra_text(const Row::Extra& extra) {
  if (!extra.note.empty()) return fmt::format("{} {}", extra.name, extra.note);
  if (extra.unit == "bytes")
    return fmt::format("{} {} MiB", extra.name, figure(extra.value / (1 << 20)));
  return fmt::format("{} {}{}{}", extra.name, figure(extra.value), extra.unit.empty() ? "" : " ",
                     extra.unit);
}

std::string driver_text(const Header& header) {
  return fmt::format("{}{}{}", header.driver, header.driver_version.empty() ? "" : " ",
                     header.driver_version);
}

std::string memory_text(const Header& header) {
  if (header.memory_bytes == 0) return "";
  return fmt::format("{:.1f} GiB", double(header.memory_bytes) / double(std::uint64_t{1} << 30));
}

std::string subgroup_text(const Header& header) {
  if (header.subgroup == 0) return "";
  if (header.min_subgroup == header.max_subgroup) return fmt::to_string(header.subgroup);
  return fmt::format("{} ({} to {})", header.subgroup, header.min_subgroup, header.max_subgroup);
}

std::string matrices_text(const Header& header) {
  return header.cooperative.empty() ? "none"
                                    : fmt::format("{}", fmt::join(header.cooperative, "; "));
}

std::string label_of(const Result& result, std::span<const Result> results) {
  const std::string& device = result.header.device;
  const auto same = std::ranges::count_if(
      results, [&](const Result& other) { return other.header.device == device; });
  return same < 2 ? device : fmt::format("{}, {}", device, driver_text(result.header));
}

}  // namespace lemnos::bench
