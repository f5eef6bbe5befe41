// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/score.h"

#include <doctest/doctest.h>

#include "runtime/base/error.h"
#include "tests/nn/bench/sample.h"

namespace lemnos::bench {
namespace {

Row kernel(std::string name, double ms, Use use = Use::run, std::string precision = "f32") {
  Row row{.name = std::move(name), .use = use, .precision = std::move(precision)};
  row.gpu_ms = {ms, ms, ms};
  return row;
}

Result of(std::vector<Row> rows) { return {.rows = std::move(rows)}; }

TEST_CASE("bench score: it is the geometric mean of the ratios, and the reference has 100") {
  const Result reference = of({kernel("a", 8), kernel("b", 8), kernel("c", 27)});
  CHECK(score(reference, reference).run_f32.value == doctest::Approx(100));
  // Ratios 2, 4 and 27: cube root of 216.
  const Score found =
      score(of({kernel("a", 4), kernel("b", 2), kernel("c", 1)}), reference).run_f32;
  CHECK(found.value == doctest::Approx(600));
  CHECK(found.rows == 3);
  CHECK(found.wrong == 0);
  CHECK(found.left_out == 0);
}

TEST_CASE("bench score: a wrong answer counts as a hundredth of the reference's speed") {
  const Result reference = of({kernel("a", 1), kernel("b", 1)});
  Result result = of({kernel("a", 1), kernel("b", 1e-6)});
  result.rows[1].pass = false;
  const Score found = score(result, reference).run_f32;
  CHECK(found.value == doctest::Approx(10));  // 100 * sqrt(1 * 0.01)
  CHECK(found.rows == 2);
  CHECK(found.wrong == 1);
}

TEST_CASE("bench score: no right answer counts less than a wrong one") {
  const Result reference = of({kernel("a", 1)});
  CHECK(score(of({kernel("a", 50)}), reference).run_f32.value == doctest::Approx(2));
  CHECK(score(of({kernel("a", 5000)}), reference).run_f32.value == doctest::Approx(1));
}

TEST_CASE(
    "bench score: run and train, f32 and 16 bits are separate, and ceilings are not in them") {
  Result reference =
      of({kernel("a", 1), kernel("b", 1, Use::train), kernel("c", 1, Use::run, "f16"),
          kernel("d", 1, Use::run, "bf16"), kernel("e", 1, Use::train, "bf16"),
          kernel("f", 1, Use::run, "int8"), kernel("g", 1)});
  reference.rows.back().part = Part::ceiling;
  Result result = reference;
  const double times[] = {1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 9, 1.0 / 7, 1.0 / 1000, 1.0 / 1000};
  for (std::size_t i = 0; i < result.rows.size(); ++i) result.rows[i].gpu_ms = {times[i]};
  const Scores found = score(result, reference);
  CHECK(found.run_f32.value == doctest::Approx(200));
  CHECK(found.train_f32.value == doctest::Approx(300));
  CHECK(found.run_16.value == doctest::Approx(600));  // of 4 and 9
  CHECK(found.train_16.value == doctest::Approx(700));
  CHECK(found.run_16.rows == 2);
}

TEST_CASE("bench score: what one side does not have is left out on both sides, and counted") {
  Result reference = of({kernel("a", 4), kernel("b", 4), kernel("c", 4), kernel("d", 4)});
  reference.rows[3].pass = false;  // it cannot be compared with a wrong answer
  Result result = of({kernel("a", 2), kernel("b", 1), kernel("d", 1), kernel("e", 1)});
  result.rows[1].gpu_ms.clear();
  result.rows[1].note = "does not fit";
  const Score found = score(result, reference).run_f32;
  CHECK(found.value == doctest::Approx(200));
  CHECK(found.rows == 1);
  CHECK(found.left_out == 4);  // b: no times, d: wrong there, e: not there, c: not here
}

TEST_CASE(
    "bench score: the device's clock is compared with the device's, the host's with the host's") {
  Result reference = of({kernel("a", 4)}), result = of({kernel("a", 1)});
  reference.rows[0].wall_ms = {9};
  result.rows[0].wall_ms = {3};
  CHECK(score(result, reference).run_f32.value == doctest::Approx(400));
  result.rows[0].gpu_ms.clear();
  CHECK(score(result, reference).run_f32.value == doctest::Approx(300));
}

TEST_CASE("bench score: suites are not compared, and without rows in common nothing is known") {
  Result other = of({kernel("a", 1)});
  other.header.suite = 2;
  CHECK_THROWS_AS(score(other, of({kernel("a", 1)})), Error);
  CHECK_FALSE(score(of({kernel("a", 1)}), of({kernel("b", 1)})).run_f32.known());
  other.header.suite = 1000;
  CHECK(to_text(score(other)) == "no score: suite 1000 has no reference yet\n");
}

TEST_CASE("bench score: the reference carried, where there is one, is right and of this suite") {
  const Result* carried = reference();
  if (carried == nullptr) {
    CHECK(to_text(score(sample_result())) == "no score: suite 1 has no reference yet\n");
    return;
  }
  CHECK(carried->header.suite == suite_version);
  CHECK_FALSE(carried->header.quick);
  const Scores found = score(*carried);
  for (const Score& one : {found.run_f32, found.train_f32}) {
    CHECK(one.value == doctest::Approx(100));
    CHECK(one.wrong == 0);
  }
}

TEST_CASE("bench score: its text says what is wrong and what is left out") {
  const Result reference = sample_result("llvmpipe");
  const Result result = sample_result("GPU", 0.5);
  CHECK(to_text(score(result, reference)) ==
        "Score of suite 1; 100 is llvmpipe, testdrv 1.2.3\n"
        "  run, f32            200.0  2 rows, 1 left out\n"
        "  train, f32          200.0  2 rows, 1 left out\n"
        "  run, 16 bits        200.0  1 row\n"
        "  train, 16 bits  not known\n");
}

TEST_CASE("bench score: the line to paste is one line, and says when a character was changed") {
  const Result result = sample_result("GPU | #1\n\"µ\"", 0.5);
  const std::string line = paste_code(result, score(result, sample_result()));
  CAPTURE(line);
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.starts_with(
      "lemnos bench | GPU    1 \"µ\", testdrv 1.2.3 | lemnos 0.1.0 abc1234 | suite 1"
      " | run-f32=200.0/2/0 train-f32=200.0/2/0 run-16=200.0/1/0 train-16=- | #"));
  CHECK(is_paste_code(line));
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string changed = line;
    changed[i] = changed[i] == '7' ? '8' : '7';
    CHECK_FALSE(is_paste_code(changed));
  }
  CHECK_FALSE(is_paste_code(line.substr(1)));
  CHECK_FALSE(is_paste_code(""));
}

}  // namespace
}  // namespace lemnos::bench
