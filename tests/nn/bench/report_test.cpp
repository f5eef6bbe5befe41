// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/report.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <regex>

#include "nn/bench/bar_chart.h"
#include "nn/bench/roofline_plot.h"
#include "nn/bench/svg.h"
#include "tests/nn/bench/sample.h"

namespace lemnos::bench {
namespace {

std::string page_of(const Result& result) { return report(std::span(&result, 1)); }

// The first element that is not closed where it should be; "" when all are.
std::string unclosed(const std::string& html) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\\s+[a-zA-Z:-]+=\"[^\"<>]*\")*)\\s*(/?)>");
  std::size_t tags = 0;
  for (std::sregex_iterator it(html.begin(), html.end(), tag), end; it != end; ++it, ++tags) {
    const std::string name = (*it)[2];
    if (name == "meta" || (*it)[4] == "/") continue;
    if ((*it)[1] != "/") {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + ">";
    } else {
      open.pop_back();
    }
  }
  // Whatever else begins with < is no element that the pattern knows.
  const auto less = static_cast<std::size_t>(std::ranges::count(html, '<'));
  const bool doctype = html.starts_with("<!DOCTYPE html>");
  if (tags + (doctype ? 1 : 0) != less) return "an element that is none";
  return open.empty() ? "" : open.back();
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The numbers of the first match.
std::vector<double> numbers(const std::string& text, const std::string& pattern) {
  std::smatch match;
  CAPTURE(pattern);
  REQUIRE(std::regex_search(text, match, std::regex(pattern)));
  std::vector<double> found;
  for (std::size_t i = 1; i < match.size(); ++i) found.push_back(std::stod(match[i]));
  return found;
}

TEST_CASE("bench report: a whole page, of one device and of several") {
  const Result one = sample_result();
  CHECK(unclosed(page_of(one)) == "");
  for (const char* part : {"<h1>Test GPU</h1>", "<h2>Score</h2>", "<h2>Roofline</h2>",
                           "<h2>Kernels</h2>", "<h2>Models</h2>", "<h2>All rows</h2>",
                           "prefers-color-scheme: dark", "lemnos bench | Test GPU"})
    CHECK_MESSAGE(count(page_of(one), part) == 1, part);
  const std::vector<Result> three{one, sample_result("second", 2), sample_result("third", 3)};
  const std::string page = report(three);
  CHECK(unclosed(page) == "");
  CHECK(count(page, "<h1>3 devices</h1>") == 1);
  CHECK(count(page, "<svg ") == 5);  // three rooflines, kernels, models
}

TEST_CASE("bench report: one device with two drivers is called by both") {
  std::vector<Result> results{sample_result(), sample_result(), sample_result("other")};
  results[1].header.driver_version = "9";
  const std::string page = report(results);
  CHECK(count(page, "</i> Test GPU, testdrv 1.2.3</h3>") >= 1);
  CHECK(count(page, "</i> Test GPU, testdrv 9</h3>") >= 1);
  CHECK(count(page, "</i> other</h3>") >= 1);
}

TEST_CASE("bench report: it needs nothing from elsewhere, and runs nothing") {
  const std::string page = page_of(sample_result());
  for (const char* part : {"<script", "http:", "https:", "src=", "@import", "url(", "<link"})
    CHECK_MESSAGE(count(page, part) == 0, part);
}

TEST_CASE("bench report: names are text, whatever is in them") {
  const std::string bad = "<script>alert(\"1\")</script> & 'x'\n</title></svg>";
  Result result = sample_result(bad);
  for (Row& row : result.rows)
    if (row.part != Part::ceiling) row.name = bad + row.name;
  result.rows[4].note = bad;
  result.rows[9].extras[0].name = bad;
  result.header.driver = result.header.host_cpu = result.header.time = bad;
  result.header.cooperative = {bad};
  const std::vector<Result> both{result, sample_result(bad + "2")};
  for (const std::string& page : {page_of(result), report(both)}) {
    CHECK(count(page, "<script") == 0);
    CHECK(count(page, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39; ") > 10);
    CHECK(unclosed(page) == "");
  }
  CHECK(escaped("a\tb\x01\x7f µ") == "a b   µ");
}

TEST_CASE("bench report: each row is told, with what is wrong about it") {
  const Result result = sample_result();
  const std::string page = page_of(result);
  for (const Row& row : result.rows)
    CHECK_MESSAGE(count(page, "<td>" + escaped(row.name)) == 1, row.name);
  CHECK(count(page, "<span class=\"fail\">FAIL</span>") == 1);
  CHECK(count(page, "<span class=\"doubt\">not stable</span>") == 1);
  CHECK(count(page, "does not fit: needs 9.1 GiB of 7.8") == 2);  // bars and table
  CHECK(count(page, "first step 812.0 ms · peak memory 295.6 MiB · energy not readable") == 1);
}

TEST_CASE("bench report: results with next to nothing in them are pages without nonsense") {
  Result bare;
  CHECK(unclosed(page_of(bare)) == "");
  CHECK(count(page_of(bare), "<svg") == 0);
  Row row{.name = "alone"};
  row.wall_ms = {1, 2, 3};
  bare.rows = {row, Row{.name = "nothing", .error = std::numeric_limits<double>::quiet_NaN()},
               Row{.name = "zero", .gpu_ms = {0, 0}, .flops = 5, .bytes = 5, .roofline_ms = 1}};
  const std::string page = page_of(bare);
  CHECK(unclosed(page) == "");
  CHECK(report({}) == "");
  for (const std::string& text : {page, page_of(sample_result())})
    CHECK_FALSE(std::regex_search(text, std::regex("[\" .,(]-?(nan|inf)[\" .,)]")));
}

TEST_CASE("roofline plot: a kernel as fast as a ceiling is drawn on its line") {
  const auto ceiling_row = [](std::string name, double flops, double bytes) {
    Row row{.name = std::move(name), .part = Part::ceiling, .flops = flops, .bytes = bytes};
    row.gpu_ms = {1};
    return row;
  };
  const auto kernel = [](std::string name, double flops, double bytes, double ms) {
    Row row{.name = std::move(name), .flops = flops, .bytes = bytes};
    row.gpu_ms = {ms};
    return row;
  };
  const double peak = 1e9, bandwidth = 1e7;  // of a millisecond: 1 TFLOP/s, 10 GB/s
  Result result{.rows = {ceiling_row(ceiling::arithmetic("f32"), peak, 0),
                         ceiling_row(std::string(ceiling::copy), 0, bandwidth),
                         kernel("dense", peak, peak / 1000, 1),
                         kernel("half", peak, peak / 1000, 2),
                         kernel("stream", bandwidth / 2, bandwidth, 1)}};
  const std::string svg = roofline_plot(result);
  CHECK(unclosed(svg) == "");
  const std::string at = "cx=\"([0-9.]+)\" cy=\"([0-9.]+)\" r=\"4.5\"><title>";
  const auto roof = numbers(svg, "class=\"roof stroke p-f32\" d=\"M([0-9.]+) ([0-9.]+)H([0-9.]+)l");
  const auto dense = numbers(svg, at + "dense"), half = numbers(svg, at + "half");
  const auto stream = numbers(svg, at + "stream");
  const auto slope = numbers(svg, "class=\"slope\" d=\"M([0-9.]+) ([0-9.]+)L([0-9.]+) ([0-9.]+)\"");
  CHECK(dense[1] == doctest::Approx(roof[1]).epsilon(0.001));
  CHECK(half[0] == doctest::Approx(dense[0]).epsilon(0.001));
  CHECK(half[1] > dense[1] + 5);  // below it
  CHECK(slope[2] ==
        doctest::Approx(roof[0]).epsilon(0.001));  // the slope ends where the roof begins
  CHECK(slope[3] == doctest::Approx(roof[1]).epsilon(0.001));
  const double along = (stream[0] - slope[0]) / (slope[2] - slope[0]);
  CHECK(stream[1] == doctest::Approx(slope[1] + along * (slope[3] - slope[1])).epsilon(0.002));
  // A decade is as wide for the kernels as between the ticks: 1000 and 0.5 operations per byte.
  const auto one = numbers(svg, "x=\"([0-9.]+)\" y=\"[0-9.]+\" text-anchor=\"middle\">1</text>");
  const auto ten = numbers(svg, "x=\"([0-9.]+)\" y=\"[0-9.]+\" text-anchor=\"middle\">10</text>");
  CHECK(dense[0] == doctest::Approx(one[0] + 3 * (ten[0] - one[0])).epsilon(0.001));
  CHECK(stream[0] == doctest::Approx(one[0] + std::log10(0.5) * (ten[0] - one[0])).epsilon(0.001));
}

TEST_CASE("roofline plot: nothing to draw is no picture") {
  CHECK(roofline_plot({}) == "");
  Result latencies = sample_result();
  latencies.rows = {latencies.rows[3]};
  CHECK(roofline_plot(latencies) == "");
}

TEST_CASE("bar chart: one device's bars are shares of the roofline") {
  Result result;
  Row row{.name = "half", .roofline_ms = 1}, full{.name = "full", .roofline_ms = 3};
  row.gpu_ms = {2};
  full.gpu_ms = {3};
  result.rows = {row, full};
  const std::string svg = bar_chart(std::span(&result, 1), Part::kernel);
  const std::string width = "width=\"([0-9.]+)\" height=\"12\" rx=\"2\"><title>";
  CHECK(numbers(svg, width + "half")[0] == doctest::Approx(numbers(svg, width + "full")[0] / 2));
  CHECK(bar_chart(std::span(&result, 1), Part::model) == "");
}

TEST_CASE("bar chart: of several devices the fastest right one has the whole width") {
  std::vector<Result> results(3);
  const double times[] = {4, 2, 1};
  for (std::size_t i = 0; i < 3; ++i) {
    Row row{.name = "matmul", .gpu_ms = {times[i]}, .pass = i != 2, .note = fmt::format("n{}", i)};
    results[i].rows = {row};
  }
  const std::string svg = bar_chart(results, Part::kernel);
  const std::string width = " width=\"([0-9.]+)\" height=\"9\" rx=\"2\"><title>[^<]*";
  const double slow = numbers(svg, width + "n0")[0], fast = numbers(svg, width + "n1")[0];
  CHECK(slow == doctest::Approx(fast / 2));
  CHECK(numbers(svg, width + "n2")[0] < 5);  // wrong: no speed
  CHECK(svg.find(">FAIL  1.000 ms<") != std::string::npos);
}

}  // namespace
}  // namespace lemnos::bench
