// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "nn/bench/columns.h"
#include "nn/bench/words.h"

namespace lemnos::bench {
namespace {

using Cell = Columns::Cell;
using enum Columns::Align;

constexpr std::array parts{Part::ceiling, Part::kernel, Part::model};

// Nothing for what is not known.
std::string known(double value, int significant = 4) {
  return value == 0 ? "" : figure(value, significant);
}

Cell verdict(const Row& row) {
  if (!row.pass) return {"FAIL", Ink::bad};
  if (!row.stable) return {"not stable", Ink::warning};
  if (row.times().empty()) return {};
  return row.checked ? Cell{"pass", Ink::good} : Cell{};
}

Cell error(const Row& row) { return {error_text(row), row.pass ? Ink::plain : Ink::bad}; }

// Thousands of billions of operations where any row of a section has ten of them.
bool in_teraflops(const Result& result, Part part) {
  return std::ranges::any_of(
      result.rows, [&](const Row& row) { return row.part == part && row.gflops() >= 10'000; });
}

// What a row has besides, below it, in lines that are not too long.
void add_extras(Columns& table, const Row& row, std::size_t max_width) {
  std::string line;
  for (const Row::Extra& extra : row.extras) {
    const std::string text = extra_text(extra);
    if (!line.empty() && shown_width(line) + 3 + shown_width(text) > max_width) {
      table.line(std::exchange(line, ""), Ink::faint);
    }
    line += (line.empty() ? "    " : " · ") + text;
  }
  if (!line.empty()) table.line(line, Ink::faint);
}

void add_row(Columns& table, const Row& row, bool tera, std::size_t max_width) {
  if (row.times().empty()) {
    table.row({{"  " + row.name}, {}, {}, {}, {}, {}, {}, error(row), verdict(row)});
    table.line("    " + (row.note.empty() ? "no times" : row.note), Ink::warning);
  } else {
    table.row({{"  " + row.name},
               {known(row.ms_median()), Ink::strong},
               {known(row.ms_p5())},
               {known(row.ms_p95())},
               {known(tera ? row.gflops() / 1000 : row.gflops())},
               {known(row.gbps())},
               {share_text(row.roofline())},
               error(row),
               verdict(row)});
    if (!row.note.empty()) table.line("    " + row.note, Ink::faint);
  }
  add_extras(table, row, max_width);
}

std::string table_of_one(const Result& result, TableStyle style) {
  Columns table({left, right, right, right, right, right, right, right, left});
  for (const Part part : parts) {
    const bool tera = in_teraflops(result, part);
    bool first = true;
    for (const Row& row : result.rows) {
      if (row.part != part) continue;
      if (std::exchange(first, false)) {
        table.line("");
        table.row({{title_of(part), Ink::strong},
                   {"ms", Ink::faint},
                   {"p5", Ink::faint},
                   {"p95", Ink::faint},
                   {tera ? "TFLOP/s" : "GFLOP/s", Ink::faint},
                   {"GB/s", Ink::faint},
                   {"roof", Ink::faint},
                   {"error", Ink::faint}});
      }
      add_row(table, row, tera, style.max_width);
    }
  }
  return table.text(style.max_width, style.color);
}

// In the order in which they are met.
std::vector<std::string> names_of(std::span<const Result> results, Part part) {
  std::vector<std::string> names;
  for (const Result& result : results)
    for (const Row& row : result.rows)
      if (row.part == part && std::ranges::find(names, row.name) == names.end())
        names.push_back(row.name);
  return names;
}

Cell median_cell(const Row* row) {
  if (row == nullptr) return {};
  if (!row->pass) return {"FAIL", Ink::bad};
  if (row->times().empty())
    return {row->note.starts_with("does not fit") ? "does not fit" : "no times", Ink::warning};
  return {known(row->ms_median()) + (row->stable ? "" : " ?"),
          row->stable ? Ink::plain : Ink::warning};
}

std::string table_of_several(std::span<const Result> results, TableStyle style) {
  std::vector<Columns::Align> aligned(results.size() + 1, right);
  aligned.front() = left;
  Columns table(aligned);
  bool doubtful = false;
  for (const Part part : parts) {
    const auto names = names_of(results, part);
    if (names.empty()) continue;
    std::vector<Cell> head{{title_of(part) + ", ms", Ink::strong}};
    for (std::size_t i = 0; i < results.size(); ++i)
      head.push_back({fmt::format("device {}", i + 1), Ink::faint});
    table.line("");
    table.row(std::move(head));
    for (const std::string& name : names) {
      std::vector<Cell> cells{{"  " + name}};
      for (const Result& result : results) {
        const Row* row = result.find(name);
        cells.push_back(median_cell(row));
        doubtful |= row != nullptr && row->pass && !row->stable;
      }
      table.row(std::move(cells));
    }
  }
  if (doubtful) table.line("\n?: not stable", Ink::faint);
  std::string devices = "\n";
  for (std::size_t i = 0; i < results.size(); ++i)
    devices += fmt::format("device {}: {}, {}\n", i + 1, results[i].header.device,
                           driver_text(results[i].header));
  return devices + table.text(style.max_width + 16 * (results.size() - 1), style.color);
}

}  // namespace

std::string header_text(const Header& header, TableStyle style) {
  const auto line = [&](std::string_view name, const std::string& value) {
    return inked(fmt::format("{:<10}", name), Ink::faint, style.color) + value + "\n";
  };
  std::string text =
      inked(fmt::format("lemnos bench, suite {}{}{}", header.suite, header.quick ? " (quick)" : "",
                        header.tune == "off" ? "" : ", tune " + header.tune),
            Ink::strong, style.color) +
      fmt::format("   lemnos {} {}   {}\n\n", header.version, header.commit, header.time);
  text += line("device", fmt::format("{} ({}, {:04x}:{:04x})", header.device, header.type,
                                     header.vendor_id, header.device_id));
  text += line("driver", fmt::format("{}, Vulkan {}", driver_text(header), header.api));
  text += line("memory", memory_text(header));
  text += line("subgroups", subgroup_text(header));
  text += line("matrices", matrices_text(header));
  text += line("host", fmt::format("{}, {} threads", header.host_cpu, header.host_threads));
  return text;
}

std::string table_text(std::span<const Result> results, TableStyle style) {
  if (results.empty()) return "";
  if (results.size() == 1) return table_of_one(results.front(), style);
  return table_of_several(results, style);
}

}  // namespace lemnos::bench
