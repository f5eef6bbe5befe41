// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/svg.h"

#include <fmt/format.h>

#include "nn/bench/columns.h"
#include "nn/bench/words.h"

namespace lemnos::bench {
namespace {

constexpr std::size_t device_colors = 8;

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
