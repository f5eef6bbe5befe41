// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/table.h"

#include <doctest/doctest.h>

#include <limits>
#include <sstream>

#include "nn/bench/columns.h"
#include "tests/nn/bench/sample.h"

namespace lemnos::bench {
namespace {

std::string table_of(const Result& result, TableStyle style = {}) {
  return table_text(std::span(&result, 1), style);
}

// Without the escape codes of colours.
std::string without_colors(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033')
      i = text.find('m', i);
    else
      plain += text[i];
  }
  return plain;
}

std::size_t widest(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, shown_width(line));
  return widest;
}

TEST_CASE("bench table: a number is shown in as many characters as it deserves") {
  const std::pair<double, const char*> cases[] = {{0, "0"},
                                                  {1, "1.000"},
                                                  {12.345, "12.35"},
                                                  {999.96, "1000.0"},
                                                  {1234.5, "1234"},
                                                  {123456, "123456"},
                                                  {0.5, "0.5000"},
                                                  {0.01234, "0.01234"},
                                                  {0.001234, "0.00123"},
                                                  {1.2e-7, "1.2e-07"},
                                                  {-2.5, "-2.500"}};
  for (const auto& [value, text] : cases) CHECK(figure(value) == text);
  CHECK(figure(0.125, 2) == "0.12");
  CHECK(figure(0.00034, 2) == "0.00034");
  CHECK(figure(std::numeric_limits<double>::infinity()) == "");
  CHECK(figure(std::numeric_limits<double>::quiet_NaN()) == "");
}

TEST_CASE("bench table: one device as it is printed") {
  Result result = sample_result();
  for (Row& row : result.rows)
    if (!row.gpu_ms.empty()) row.gpu_ms = {row.gpu_ms[0], row.gpu_ms[0]};
  result.rows[0].gpu_ms = {2, 2};
  result.rows.erase(result.rows.begin() + 1, result.rows.begin() + 8);
  result.rows[1].gpu_ms = {0.5, 0.5};
  result.rows[2].gpu_ms = {1.25, 1.75};
  CHECK(
      table_of(result) ==
      "\n"
      "Ceilings                       ms      p5     p95  TFLOP/s   GB/s  roof  error\n"
      "  ceiling f32 arithmetic    2.000   2.000   2.000    20.00                0.12  pass\n"
      "\n"
      "Kernels                        ms      p5     p95  GFLOP/s   GB/s  roof  error\n"
      "  conv 3x3 8x32x32x64 f32  0.5000  0.5000  0.5000     1200  8.000   6 %     32  FAIL\n"
      "\n"
      "Models                         ms      p5     p95  GFLOP/s   GB/s  roof  error\n"
      "  mlp training f32          1.500   1.275   1.725     1333  66.67         0.12  not stable\n"
      "    first step 812.0 ms · peak memory 295.6 MiB · energy not readable\n"
      "  resnet50 training f32\n"
      "    does not fit: needs 9.1 GiB of 7.8\n");
}

TEST_CASE("bench table: it keeps its width, and names that are too long lose their middles") {
  Result result = sample_result();
  result.rows[4].name = "matmul " + std::string(120, 'x') + " µµµ f32";
  result.rows[9].extras.assign(12, {"a long name of something", 123456, "units"});
  const std::string text = table_of(result);
  CHECK(widest(text) <= 110);
  CHECK(text.find("  matmul xx") != std::string::npos);
  CHECK(text.find("xx µµµ f32  ") != std::string::npos);
  CHECK(text.find("…") != std::string::npos);
  CHECK(widest(table_of(result, {.max_width = 90})) <= 90);
}

TEST_CASE("bench table: colours change nothing but the colour") {
  const Result result = sample_result();
  const std::string colored = table_of(result, {.color = true});
  CHECK(colored.find("\033[31mFAIL\033[0m") != std::string::npos);
  CHECK(without_colors(colored) == table_of(result));
  CHECK(without_colors(header_text(result.header, {.color = true})) == header_text(result.header));
}

TEST_CASE("bench table: an error that is not finite is said") {
  Result result = sample_result();
  result.rows[8].error = std::numeric_limits<double>::infinity();
  CHECK(table_of(result).find("not finite  FAIL") != std::string::npos);
}

TEST_CASE("bench table: several devices are columns, and each row is there once") {
  std::vector<Result> results{sample_result("first"), sample_result("second", 2)};
  results[0].rows.erase(results[0].rows.begin() + 4);
  for (double& ms : results[1].rows[6].gpu_ms) ms = 7;
  const std::string text = table_text(results);
  CHECK(text.starts_with("\ndevice 1: first, testdrv 1.2.3\ndevice 2: second, testdrv 1.2.3\n"));
  CHECK(text.find("\nKernels, ms ") != std::string::npos);
  CHECK(text.find("\n  resnet50 training f32           does not fit  does not fit\n") !=
        std::string::npos);
  const auto line = text.find("\n  softmax 4096x1024 f32");
  CHECK(text.substr(line, text.find('\n', line + 1) - line).ends_with("  7.000"));
  const auto only = text.find("\n  matmul nn 1024x1024x1024 f32");
  REQUIRE(only != std::string::npos);
  CHECK(text.find("matmul nn 1024x1024x1024 f32", only + 5) == std::string::npos);
  CHECK(text.find("FAIL          FAIL\n") != std::string::npos);
  CHECK(text.ends_with("?: not stable\n"));
}

TEST_CASE("bench table: the header says what was measured, and on what") {
  CHECK(header_text(sample_result().header) ==
        "lemnos bench, suite 1   lemnos 0.1.0 abc1234   2026-11-30T12:00:00Z\n"
        "\n"
        "device    Test GPU (discrete GPU, 10de:2330)\n"
        "driver    testdrv 1.2.3, Vulkan 1.3.204\n"
        "memory    8.0 GiB\n"
        "subgroups 32\n"
        "matrices  16x16x16 f16 -> f32\n"
        "host      Test CPU, 2 threads\n");
}

TEST_CASE("bench table: nothing is a table of nothing") {
  CHECK(table_of({}) == "");
  CHECK(table_text({}) == "");
}

}  // namespace
}  // namespace lemnos::bench
