// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nn/bench/bar_chart.h"
#include "nn/bench/columns.h"
#include "nn/bench/report_style.h"
#include "nn/bench/roofline_plot.h"
#include "nn/bench/score.h"
#include "nn/bench/svg.h"
#include "nn/bench/words.h"

namespace lemnos::bench {
namespace {

std::string section(const std::string& title, const std::string& said, const std::string& body) {
  if (body.empty()) return "";
  const std::string text = said.empty() ? "" : fmt::format("<p class=\"faint\">{}</p>\n", said);
  return fmt::format("<section>\n<h2>{}</h2>\n{}{}</section>\n", title, text, body);
}

std::string fact(std::string_view name, const std::string& value) {
  if (value.empty()) return "";
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, escaped(value));
}

std::string facts(const Header& h) {
  return "<dl class=\"facts\">\n" + fact("Driver", driver_text(h)) + fact("Vulkan", h.api) +
         fact("Type", h.type) + fact("Id", fmt::format("{:04x}:{:04x}", h.vendor_id, h.device_id)) +
         fact("Memory", memory_text(h)) + fact("Subgroups", subgroup_text(h)) +
         fact("Cooperative matrices", matrices_text(h)) +
         fact("Host", fmt::format("{}, {} threads", h.host_cpu, h.host_threads)) + "</dl>\n";
}

std::string swatch(std::string_view classes, const std::string& text) {
  return fmt::format("<span><i class=\"swatch {}\"></i>{}</span>", classes, escaped(text));
}

std::string devices_legend(std::span<const Result> results) {
  if (results.size() < 2) return "";
  std::string out = "<div class=\"legend\">";
  for (std::size_t i = 0; i < results.size(); ++i)
    out += swatch(device_class(i), label_of(results[i], results));
  return out + "</div>\n";
}

// The page's title, and what each device is.
std::string head(std::span<const Result> results) {
  const Header& first = results.front().header;
  std::string out =
      fmt::format("<p class=\"above\">lemnos bench · suite {}{}{} · {}</p>\n", first.suite,
                  first.quick ? ", quick" : "", first.tune == "off" ? "" : ", tune " + first.tune,
                  escaped(first.time));
  if (results.size() == 1)
    return out + fmt::format("<h1>{}</h1>\n", escaped(first.device)) + facts(first);
  out += fmt::format("<h1>{} devices</h1>\n", results.size());
  for (std::size_t i = 0; i < results.size(); ++i)
    out += fmt::format("<h3><i class=\"swatch {}\"></i> {}</h3>\n", device_class(i),
                       escaped(label_of(results[i], results))) +
           facts(results[i].header);
  return out;
}

// 71,941: of a number that is looked at, not read by programs.
std::string grouped(double value) {
  std::string text = figure(value);
  if (text.find('.') == std::string::npos)
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string card(std::string_view name, const Score& score) {
  std::string remark;
  if (score.known()) remark = fmt::format("{} row{}", score.rows, score.rows == 1 ? "" : "s");
  if (score.wrong > 0) remark += fmt::format(", <span class=\"fail\">{} wrong</span>", score.wrong);
  if (score.known() && score.left_out > 0) remark += fmt::format(", {} left out", score.left_out);
  return fmt::format("<div>{}<b>{}</b><small>{}</small></div>\n", name,
                     score.known() ? grouped(score.value) : "–", remark);
}

std::string cards(const Scores& scores) {
  return "<div class=\"scores\">\n" + card("Run, f32", scores.run_f32) +
         card("Train, f32", scores.train_f32) + card("Run, 16 bits", scores.run_16) +
         card("Train, 16 bits", scores.train_16) + "</div>\n";
}

std::string score_section(std::span<const Result> results) {
  std::string body, said;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Scores scores = score(results[i]);
    if (scores.reference.empty()) {
      said = escaped(to_text(scores));
      continue;
    }
    said = fmt::format("Speed beside {}, which scores 100: the geometric mean over the rows.",
                       escaped(scores.reference));
    if (results.size() > 1)
      body += fmt::format("<h3><i class=\"swatch {}\"></i> {}</h3>\n", device_class(i),
                          escaped(label_of(results[i], results)));
    body += cards(scores);
  }
  return section("Score", said, body.empty() ? "\n" : body);
}

bool any(const Result& result, bool (*is)(const Row& row)) {
  return std::ranges::any_of(result.rows,
                             [&](const Row& row) { return row.part == Part::kernel && is(row); });
}

std::string roofline_legend(const Result& result) {
  std::string out = "<div class=\"legend\">";
  for (const char* precision : {"f32", "f16", "bf16", "int8"})
    if (std::ranges::any_of(result.rows, [&](const Row& row) {
          return row.part == Part::kernel && row.precision == precision;
        }))
      out += swatch("round " + precision_class(precision), precision);
  out += swatch("round gray", "forward");
  if (any(result, [](const Row& row) { return row.use == Use::train; }))
    out += swatch("diamond gray", "backward and training");
  if (any(result, [](const Row& row) { return !row.stable; }))
    out += swatch("round gray open", "not stable");
  if (any(result, [](const Row& row) { return !row.pass; }))
    out += "<span><b class=\"cross\">×</b>wrong answer</span>";
  return out + "</div>\n";
}

std::string roofline_section(std::span<const Result> results) {
  std::string body;
  for (const Result& result : results) {
    const std::string plot = roofline_plot(result);
    if (plot.empty()) continue;
    if (results.size() > 1)
      body += fmt::format("<h3>{}</h3>\n", escaped(label_of(result, results)));
    body += roofline_legend(result) + plot;
  }
  return section("Roofline",
                 "Each kernel, against what this device was measured to allow at most. Point at a "
                 "mark to read it.",
                 body);
}

std::string bars_section(std::span<const Result> results, Part part) {
  const std::string chart = bar_chart(results, part);
  if (chart.empty()) return "";
  const bool known_roof = std::ranges::any_of(
      results.front().rows, [&](const Row& row) { return row.part == part && row.roofline() > 0; });
  const std::string said = results.size() > 1
                               ? "Speed, as a share of the fastest device of each row."
                           : known_roof ? "Share of the measured roofline."
                                        : "Time of one repetition.";
  return section(title_of(part), said, devices_legend(results) + chart);
}

std::string verdict_cell(const Row& row) {
  if (!row.pass) return "<span class=\"fail\">FAIL</span>";
  if (!row.stable) return "<span class=\"doubt\">not stable</span>";
  return row.checked && !row.times().empty() ? "<span class=\"pass\">pass</span>" : "";
}

std::string name_cell(const Row& row) {
  std::string below = row.note;
  for (const Row::Extra& extra : row.extras)
    below += (below.empty() ? "" : " · ") + extra_text(extra);
  return escaped(row.name) + (below.empty() ? "" : "<small>" + escaped(below) + "</small>");
}

std::string known(double value) { return value == 0 ? "" : figure(value); }

std::string table_row(const Row& row) {
  return fmt::format(
      "<tr><td>{}</td><td><b>{}</b></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
      "<td>{}</td><td>{}</td></tr>\n",
      name_cell(row), known(row.ms_median()), known(row.ms_p5()), known(row.ms_p95()),
      known(row.gflops()), known(row.gbps()), share_text(row.roofline()), error_text(row),
      verdict_cell(row));
}

std::string rows_table(const Result& result) {
  std::string out;
  for (const Part part : {Part::ceiling, Part::kernel, Part::model}) {
    std::string rows;
    for (const Row& row : result.rows)
      if (row.part == part) rows += table_row(row);
    if (!rows.empty())
      out += fmt::format(
          "<tr><th>{}</th><th>ms</th><th>5 %</th><th>95 %</th><th>GFLOP/s</th><th>GB/s</th>"
          "<th>roofline</th><th>error</th><th></th></tr>\n{}",
          title_of(part), rows);
  }
  return out.empty() ? "" : "<div class=\"wide\"><table>\n" + out + "</table></div>\n";
}

std::string rows_section(std::span<const Result> results) {
  std::string body;
  for (const Result& result : results) {
    if (results.size() > 1)
      body += fmt::format("<h3>{}</h3>\n", escaped(label_of(result, results)));
    body += rows_table(result);
  }
  return section("All rows",
                 "Milliseconds of one repetition: median, 5th and 95th percentile. Errors are in "
                 "units of what is allowed: above 1 is wrong.",
                 body);
}

std::string foot(std::span<const Result> results) {
  std::string out = "<footer>\n";
  for (const Result& result : results)
    out += fmt::format("<p><code>{}</code></p>\n", escaped(paste_code(result, score(result))));
  return out + "</footer>\n";
}

std::string title(std::span<const Result> results) {
  return results.size() == 1 ? results.front().header.device
                             : fmt::format("{} devices", results.size());
}

}  // namespace

std::string report(std::span<const Result> results) {
  if (results.empty()) return "";
  return fmt::format(
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>lemnos bench: {}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
             escaped(title(results)), report_style) +
         head(results) + score_section(results) + roofline_section(results) +
         bars_section(results, Part::kernel) + bars_section(results, Part::model) +
         rows_section(results) + foot(results) + "</main>\n</body>\n</html>\n";
}

}  // namespace lemnos::bench
