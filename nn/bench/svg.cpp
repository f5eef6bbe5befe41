// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/svg.h"

#include <fmt/format.h>

#include "nn/bench/columns.h"

namespace lemnos::bench {
namespace {

constexpr std::size_t device_colors = 8;

std::string with_unit(double value, double thousand, std::string_view unit,
                      std::string_view larger) {
  if (value == 0) return "";
  return value < thousand ? fmt::format("{} {}", figure(value), unit)
                          : fmt::format("{} {}", figure(value / 1000), larger);
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c;
  }
  return out;
}

std::string flops_text(double gflops) { return with_unit(gflops, 1e4, "GFLOP/s", "TFLOP/s"); }
std::string bytes_text(double gbps) { return with_unit(gbps, 1e4, "GB/s", "TB/s"); }
std::string ms_text(double ms) { return with_unit(ms, 1e4, "ms", "s"); }
std::string share_text(double share) {
  return share == 0 ? "" : fmt::format("{:.0f} %", 100 * share);
}

std::string tooltip(const Row& row) {
  std::string text = escaped(row.name);
  const auto add = [&](const std::string& line) {
    if (!line.empty()) text += "&#10;" + escaped(line);
  };
  if (!row.times().empty())
    add(fmt::format("{} (5 % to 95 %: {} to {})", ms_text(row.ms_median()), figure(row.ms_p5()),
                    figure(row.ms_p95())));
  add(flops_text(row.gflops()));
  add(bytes_text(row.gbps()));
  if (row.roofline() > 0) add(share_text(row.roofline()) + " of the measured roofline");
  if (!row.pass) add("FAIL: the answer is wrong");
  if (!row.stable) add("not stable");
  add(row.note);
  return "<title>" + text + "</title>";
}

std::string precision_class(std::string_view precision) {
  for (const std::string_view known : {"f32", "f16", "bf16", "int8"})
    if (precision == known) return fmt::format("p-{}", known);
  return "p-other";
}

std::string device_class(std::size_t device) {
  return fmt::format("d-{}", device % device_colors + 1);
}

}  // namespace lemnos::bench
