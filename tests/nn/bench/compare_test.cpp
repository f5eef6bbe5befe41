// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/compare.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "tests/nn/bench/sample.h"

namespace lemnos::bench {
namespace {

// One run of a machine: each row of its own length and scatter, all times moved by the state that
// the machine is in while it is measured, up or down by as much as said.
Result run_of(std::uint64_t run, std::size_t rows, std::size_t times, double state = 0.01) {
  Result result;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::uint64_t seed = 1000 * run + i;
    const double moved = 1 + state * (2 * unit_float(philox_word(seed, 9, 0, 0)) - 1);
    Row row{.name = fmt::format("row {}", i), .device = "Test GPU"};
    const double scatter = 0.002 * static_cast<double>(1 + i % 20);  // up to 4 %
    row.gpu_ms = drawn_times(0.01 * static_cast<double>(i + 1) * moved, scatter, seed, times, 0.5);
    result.rows.push_back(std::move(row));
  }
  return result;
}

Change change_between(Row a, Row b) {
  a.name = b.name = "row";
  return compare(Result{.rows = {std::move(a)}}, Result{.rows = {std::move(b)}}).rows.at(0).change;
}

TEST_CASE("bench compare: two runs of one machine are no real difference") {
  for (std::uint64_t run = 0; run < 20; run += 2) {
    const Comparison found = compare(run_of(run, 100, 20), run_of(run + 1, 100, 20));
    CAPTURE(summary(found));
    CHECK_FALSE(found.differs());
    CHECK_FALSE(found.got_worse());
  }
}

TEST_CASE("bench compare: a result compared with itself is no real difference") {
  const Comparison found = compare(sample_result(), sample_result());
  CHECK(found.count(Change::none) == 9);
  CHECK(found.count(Change::wrong) == 1);
  CHECK(found.rows.size() == 10);  // without the one that fits neither
}

TEST_CASE("bench compare: a kernel that takes 20 % longer is found, and no other") {
  for (std::uint64_t run = 0; run < 20; run += 2) {
    const Result a = run_of(run, 100, 20);
    Result b = run_of(run + 1, 100, 20);
    const auto slowed = static_cast<std::size_t>(run * 5 + 3);
    for (double& ms : b.rows[slowed].gpu_ms) ms *= 1.2;
    const Comparison found = compare(a, b);
    CAPTURE(summary(found));
    CHECK(found.count(Change::slower) == 1);
    CHECK(found.count(Change::faster) == 0);
    CHECK(found.rows[slowed].change == Change::slower);
    CHECK(found.rows[slowed].ratio == doctest::Approx(1.2).epsilon(0.08));
    CHECK(found.got_worse());
    CHECK(compare(b, a).rows[slowed].change == Change::faster);
  }
}

TEST_CASE("bench compare: 4 % are never real, however still the machine is") {
  CHECK(change_between(sample_row("", 1, 1e-5), sample_row("", 1.04, 1e-5)) == Change::none);
  CHECK(change_between(sample_row("", 1, 1e-5), sample_row("", 1.06, 1e-5)) == Change::slower);
  CHECK(change_between(sample_row("", 1.06, 1e-5), sample_row("", 1, 1e-5)) == Change::faster);
}

TEST_CASE("bench compare: what one run does by itself is not real") {
  // 10 % between rows whose own times scatter by 8 %: many of them make the interval leave 1 out.
  Row a = sample_row("", 1), b = a;
  a.gpu_ms = drawn_times(1, 0.08, 5, 400, 0);
  b.gpu_ms = drawn_times(1.1, 0.08, 6, 400, 0);
  const Comparison found = compare(Result{.rows = {a}}, Result{.rows = {b}});
  CHECK(found.rows[0].interval.low > 1);
  CHECK(found.rows[0].floor > 0.2);
  CHECK(found.rows[0].change == Change::none);
}

TEST_CASE("bench compare: on a busy machine the same program is no real difference to itself") {
  // Every row is moved by up to 12 %, for as long as it is measured: its own times do not show it.
  for (std::uint64_t run = 0; run < 10; run += 2) {
    const Result a = run_of(run, 60, 20, 0.12);
    Result b = run_of(run + 1, 60, 20, 0.12);
    const Comparison found = compare(a, b);
    CAPTURE(summary(found));
    CHECK_FALSE(found.differs());
    CHECK(found.noise > 0.05);
    CHECK(summary(found).find("\nthe same program was measured twice") != std::string::npos);
    for (double& ms : b.rows[7].gpu_ms) ms *= 2;
    CHECK(compare(a, b).rows[7].change == Change::slower);
    CHECK(compare(a, b).count(Change::slower) == 1);
  }
}

TEST_CASE("bench compare: another commit may have changed every row") {
  const Result a = run_of(0, 60, 20);
  Result b = run_of(1, 60, 20);
  for (Row& row : b.rows)
    for (double& ms : row.gpu_ms) ms *= 1.3;
  CHECK(compare(a, b).count(Change::slower) == 0);  // the same: it must be the machine
  for (const char* commit : {"unknown", "abc1234-dirty"}) {
    Result same = a, slower = b;
    same.header.commit = slower.header.commit = commit;
    CHECK(compare(same, slower).count(Change::slower) == 60);
  }
  b.header.commit = "another";
  CHECK(compare(a, b).count(Change::slower) == 60);
  CHECK(compare(a, b).noise == 0);
}

TEST_CASE("bench compare: three times that do not agree prove nothing") {
  Row a = sample_row("", 1), b = a;
  a.gpu_ms = {1, 1, 1};
  b.gpu_ms = {1, 1.2, 1.2};  // a resample's median is 1 in 7 of 27 cases
  const Comparison found = compare(Result{.rows = {a}}, Result{.rows = {b}});
  CHECK(found.rows[0].ratio == doctest::Approx(1.2));
  CHECK(found.rows[0].floor < 0.19);
  CHECK(found.rows[0].interval.low == 1);
  CHECK(found.rows[0].change == Change::none);
}

TEST_CASE("bench compare: an answer that became wrong is said, whatever its time") {
  Row right = sample_row("", 1), wrong = sample_row("", 0.5);
  wrong.pass = false;
  CHECK(change_between(right, wrong) == Change::became_wrong);
  CHECK(change_between(wrong, right) == Change::became_right);
  CHECK(change_between(wrong, wrong) == Change::wrong);
  const Comparison found = compare(Result{.rows = {right}}, Result{.rows = {[&] {
                                                                     auto row = wrong;
                                                                     row.name = right.name;
                                                                     return row;
                                                                   }()}});
  CHECK(found.got_worse());
}

TEST_CASE("bench compare: rows of one side only, rows without times, and too few times") {
  Result a = sample_result(), b = sample_result();
  a.rows.erase(a.rows.begin());                         // only b has the f32 ceiling
  b.rows.erase(b.rows.begin() + 1);                     // only a has the f16 ceiling
  b.rows[1].gpu_ms.clear();                             // "ceiling copy": wall against wall
  b.rows[3].gpu_ms.clear(), b.rows[3].wall_ms.clear();  // the matmul has become too large
  b.rows[4].gpu_ms.resize(2);
  const Comparison found = compare(a, b);
  const auto change = [&](std::string_view name) {
    return std::ranges::find(found.rows, name, &Difference::name)->change;
  };
  CHECK(change("ceiling f32 arithmetic") == Change::only_b);
  CHECK(change("ceiling f16 arithmetic") == Change::only_a);
  CHECK(change("ceiling copy") == Change::none);
  CHECK(change("matmul nn 1024x1024x1024 f32") == Change::only_a);
  CHECK(change("matmul nn 1024x1024x1024 f16") == Change::not_known);
}

TEST_CASE("bench compare: the device's clock is not compared with the host's") {
  Row a = sample_row("", 1), b = sample_row("", 1);
  a.gpu_ms = drawn_times(0.5, 0.01, 4);  // its wall times are those of b
  b.gpu_ms.clear();
  CHECK(change_between(a, b) == Change::none);
  a.wall_ms.clear();
  CHECK(change_between(a, b) == Change::not_known);
}

TEST_CASE("bench compare: results of different suites are refused") {
  Result a = sample_result(), b = sample_result();
  b.header.suite = 2;
  CHECK_THROWS_WITH_AS(compare(a, b), doctest::Contains("of suite 1 and suite 2"), Error);
}

TEST_CASE("bench compare: the text ends with what it comes to") {
  Result a = run_of(0, 3, 20), b = run_of(1, 3, 20);
  CHECK(summary(compare(a, b)) == "no real difference in 3 rows");
  CHECK(to_text(compare(a, b)).ends_with("\nno real difference in 3 rows\n"));
  for (double& ms : b.rows[2].gpu_ms) ms *= 2;
  const std::string text = summary(compare(a, b));
  CHECK(text.starts_with("1 slower (row 2: "));
  CHECK(text.ends_with(" times), 2 no real difference"));
}

TEST_CASE("bench compare: the table as it is printed") {
  Row a{.name = "matmul nn 1024x1024x1024 f32"}, b = a;
  a.gpu_ms = {1, 1, 1, 1, 1};
  b.gpu_ms = {2, 2, 2, 2, 2};
  Row same{.name = "softmax"};
  same.gpu_ms = {0.5, 0.5, 0.5};
  const Header header{.version = "0.1.0",
                      .commit = "abc",
                      .device = "GPU",
                      .driver = "drv",
                      .driver_version = "1",
                      .time = "now"};
  CHECK(to_text(compare({header, {a, same}}, {header, {b, same}})) ==
        "a: GPU, drv 1, lemnos 0.1.0 abc, now\n"
        "b: GPU, drv 1, lemnos 0.1.0 abc, now\n"
        "\n"
        "kernels                         a ms    b ms  b / a   99 % interval\n"
        "matmul nn 1024x1024x1024 f32   1.000   2.000  2.000  2.000 to 2.000  slower\n"
        "softmax                       0.5000  0.5000  1.000  1.000 to 1.000  –\n"
        "\n"
        "1 slower (matmul nn 1024x1024x1024 f32: 2.000 times), 1 no real difference\n");
}

TEST_CASE("bench compare: its JSON has the same answers") {
  Result a = run_of(0, 3, 20), b = run_of(1, 3, 20);
  b.rows.pop_back();
  const auto json = nlohmann::json::parse(to_json(compare(a, b)));
  CHECK(json.at("summary") == summary(compare(a, b)));
  REQUIRE(json.at("rows").size() == 3);
  CHECK(json["rows"][0].at("change") == "no real difference");
  CHECK(json["rows"][0].at("low") < json["rows"][0].at("ratio"));
  CHECK(json["rows"][2].at("change") == "only in a");
  CHECK(json["rows"][2].at("ratio").is_null());
}

}  // namespace
}  // namespace lemnos::bench
