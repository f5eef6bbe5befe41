// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nn/bench/columns.h"
#include "nn/bench/compare.h"
#include "nn/bench/words.h"

namespace lemnos::bench {
namespace {

using Json = nlohmann::ordered_json;

Ink ink_of(Change change) {
  if (change == Change::slower || change == Change::became_wrong) return Ink::bad;
  if (change == Change::faster || change == Change::became_right) return Ink::good;
  return change == Change::none ? Ink::faint : Ink::warning;
}

std::string ms(double value) { return value == 0 ? "" : figure(value); }

std::string interval_text(const Difference& row) {
  if (row.interval.high == 0) return "";
  return fmt::format("{:.3f} to {:.3f}", row.interval.low, row.interval.high);
}

void add_row(Columns& table, const Difference& row) {
  const Ink ink = row.change == Change::none ? Ink::plain : ink_of(row.change);
  table.row(
      {{row.name},
       {ms(row.a_ms)},
       {ms(row.b_ms)},
       {row.ratio == 0 ? "" : fmt::format("{:.3f}", row.ratio), ink},
       {interval_text(row)},
       {row.change == Change::none ? "–" : std::string(name_of(row.change)), ink_of(row.change)}});
}

std::string line_of(const Header& header) {
  return fmt::format("{}, {}, lemnos {} {}, {}", header.device, driver_text(header), header.version,
                     header.commit, header.time);
}

const Difference* most(const Comparison& comparison, Change change) {
  const Difference* found = nullptr;
  for (const Difference& row : comparison.rows)
    if (row.change == change &&
        (found == nullptr || std::abs(std::log(row.ratio)) > std::abs(std::log(found->ratio))))
      found = &row;
  return found;
}

// "3 slower (softmax 4096x1024 f32 by 20.0 %)"; nothing where there is none.
void say(std::vector<std::string>& parts, const Comparison& comparison, Change change) {
  const std::size_t count = comparison.count(change);
  if (count == 0) return;
  std::string text = fmt::format("{} {}", count, name_of(change));
  if (change == Change::slower || change == Change::faster) {
    const Difference& row = *most(comparison, change);
    text +=
        fmt::format(" ({}{}: {:.3f} times)", count > 1 ? "most of all " : "", row.name, row.ratio);
  }
  parts.push_back(text);
}

// Said where the machine did more than the program.
std::string unrest(const Comparison& comparison) {
  if (comparison.noise <= Comparison::least) return "";
  return fmt::format(
      "\nthe same program was measured twice, and its rows differ by {:.0f} % (standard "
      "deviation): "
      "the machine was busy; measure again when it is not",
      100 * std::expm1(comparison.noise));
}

Json json_of(const Difference& row) {
  const bool known = row.interval.high > 0;
  const auto or_null = [](bool is, double value) { return is ? Json(value) : Json(nullptr); };
  return {{"name", row.name},
          {"part", name_of(row.part)},
          {"a_ms", or_null(row.a_ms > 0, row.a_ms)},
          {"b_ms", or_null(row.b_ms > 0, row.b_ms)},
          {"ratio", or_null(row.ratio > 0, row.ratio)},
          {"low", or_null(known, row.interval.low)},
          {"high", or_null(known, row.interval.high)},
          {"floor", or_null(known, row.floor)},
          {"change", name_of(row.change)}};
}

Json json_of(const Header& header) {
  return {{"device", header.device},
          {"driver", header.driver},
          {"driver_version", header.driver_version},
          {"version", header.version},
          {"commit", header.commit},
          {"time", header.time}};
}

}  // namespace

std::string summary(const Comparison& comparison) {
  const std::size_t same = comparison.count(Change::none);
  std::vector<std::string> parts;
  if (!comparison.differs())
    parts.push_back(fmt::format("no real difference in {} row{}", same, same == 1 ? "" : "s"));
  for (const Change change :
       {Change::became_wrong, Change::slower, Change::faster, Change::became_right, Change::wrong})
    say(parts, comparison, change);
  if (comparison.differs()) say(parts, comparison, Change::none);
  for (const Change change : {Change::only_a, Change::only_b, Change::not_known})
    say(parts, comparison, change);
  return fmt::format("{}", fmt::join(parts, ", ")) + unrest(comparison);
}

std::string to_text(const Comparison& comparison, std::size_t max_width, bool color) {
  using enum Columns::Align;
  Columns table({left, right, right, right, right, left});
  for (const Part part : {Part::ceiling, Part::kernel, Part::model}) {
    bool first = true;
    for (const Difference& row : comparison.rows) {
      if (row.part != part) continue;
      if (std::exchange(first, false)) {
        table.line("");
        table.row({{fmt::format("{}s", name_of(part)), Ink::strong},
                   {"a ms", Ink::faint},
                   {"b ms", Ink::faint},
                   {"b / a", Ink::faint},
                   {"99 % interval", Ink::faint}});
      }
      add_row(table, row);
    }
  }
  return fmt::format("a: {}\nb: {}\n{}\n{}\n", line_of(comparison.a), line_of(comparison.b),
                     table.text(max_width, color), inked(summary(comparison), Ink::strong, color));
}

std::string to_json(const Comparison& comparison) {
  Json rows = Json::array();
  for (const Difference& row : comparison.rows) rows.push_back(json_of(row));
  const Json all{{"format", "lemnos bench comparison"}, {"schema", schema_version},
                 {"suite", comparison.a.suite},         {"confidence", Comparison::confidence},
                 {"a", json_of(comparison.a)},          {"b", json_of(comparison.b)},
                 {"summary", summary(comparison)},      {"rows", std::move(rows)}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lemnos::bench
