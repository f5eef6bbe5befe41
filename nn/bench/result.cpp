// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nn/bench/statistics.h"

namespace lemnos::bench {
namespace {

// As RFC 4180 has it: what holds a comma, a quote or a new line is quoted, quotes are doubled.
std::string cell(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// Nothing for what is not known.
std::string known(double value) {
  return value == 0 || !std::isfinite(value) ? "" : fmt::format("{}", value);
}

std::string csv_line(const Row& row) {
  const std::string error =
      row.checked && std::isfinite(row.error) ? fmt::to_string(row.error) : "";
  return fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", cell(row.name),
                     cell(row.device), name_of(row.part), name_of(row.use), cell(row.precision),
                     known(row.ms_median()), known(row.ms_p5()), known(row.ms_p95()),
                     known(row.gflops()), known(row.gbps()), known(row.roofline()), error,
                     row.checked, row.pass, row.stable, cell(row.note));
}

void keep_median(std::vector<double>& times) {
  if (!times.empty()) times = {median(times)};
}

double per_ms(double amount, double ms) { return ms == 0 ? 0 : amount / ms; }

}  // namespace

std::string_view name_of(Part part) {
  constexpr std::string_view names[] = {"ceiling", "kernel", "model"};
  return names[static_cast<std::size_t>(part)];
}

std::string_view name_of(Use use) { return use == Use::run ? "run" : "train"; }

double Row::ms_median() const { return median(times()); }
double Row::ms_p5() const { return percentile(times(), 5); }
double Row::ms_p95() const { return percentile(times(), 95); }
double Row::gflops() const { return per_ms(flops / 1e6, ms_median()); }
double Row::gbps() const { return per_ms(bytes / 1e6, ms_median()); }
double Row::roofline() const { return per_ms(roofline_ms, ms_median()); }

const Row* Result::find(std::string_view name) const {
  const auto found = std::ranges::find(rows, name, &Row::name);
  return found == rows.end() ? nullptr : &*found;
}

std::pair<std::span<const double>, std::span<const double>> same_clock(const Row& a, const Row& b) {
  if (!a.gpu_ms.empty() && !b.gpu_ms.empty()) return {a.gpu_ms, b.gpu_ms};
  if (!a.wall_ms.empty() && !b.wall_ms.empty()) return {a.wall_ms, b.wall_ms};
  return {};
}

std::string to_csv(std::span<const Result> results) {
  std::string text =
      "name,device,part,use,precision,ms_median,ms_p5,ms_p95,gflops,gbps,roofline,error,checked,"
      "pass,stable,note\n";
  for (const Result& result : results)
    for (const Row& row : result.rows) text += csv_line(row);
  return text;
}

Result medians(Result result) {
  for (Row& row : result.rows) {
    keep_median(row.gpu_ms);
    keep_median(row.wall_ms);
  }
  return result;
}

}  // namespace lemnos::bench
