// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/operations.h"

#include <doctest/doctest.h>

#include "tests/viewer/made_profile.h"
#include "tests/viewer/ui.h"
#include "viewer/panels/quantity.h"

namespace lemnos::viewer {
namespace {

using test::large_profile, test::made_profile;

std::vector<std::string> names(const OperationOrder& order) {
  std::vector<std::string> all;
  for (const OperationRow& row : operation_rows(*made_profile(), order)) all.push_back(row.name);
  return all;
}

TEST_CASE("operations: quantities are written with three digits and a unit that fits") {
  CHECK(time_text(0) == "0.00 µs");
  CHECK(time_text(1.2345e-3) == "1.23 ms");
  CHECK(time_text(0.9999) == "1.00 s");
  CHECK(time_text(123.4e-6) == "123 µs");
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(bytes_text(std::uint64_t{25} << 20) == "25.0 MiB");
  CHECK(bandwidth_text(2'000'000'000, 0.5) == "4.00 GB/s");
  CHECK(bandwidth_text(260, 6.14e-3) == "42.3 kB/s");
  CHECK(bandwidth_text(0, 0.5) == "–");
  CHECK(flops_text(3e9, 2e-3) == "1.50 TFLOP/s");
  CHECK(flops_text(64, 6.4e-3) == "10.0 kFLOP/s");
  CHECK(flops_text(3e9, 0) == "–");
  CHECK(share_text(0.1234) == "12.3 %");
}

TEST_CASE("operations: dispatches of one op or kernel are summed, and shares add up to one") {
  const auto rows = operation_rows(*made_profile(), {});
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].name == "conv2d");
  CHECK(rows[0].count == 2);
  CHECK(rows[0].seconds == doctest::Approx(0.7));
  CHECK(rows[0].bytes == 6000);
  CHECK(rows[0].flops == 1e10);
  double share = 0;
  for (const OperationRow& row : rows) share += row.share;
  CHECK(share == doctest::Approx(1));
  CHECK(operation_rows(*made_profile(), {.group = OperationGroup::kernel}).size() == 4);
  CHECK(operation_rows(*made_profile(), {.group = OperationGroup::dispatch}).size() == 4);
}

TEST_CASE("operations: rows are sorted by any column, either way") {
  using List = std::vector<std::string>;
  CHECK(names({}) == List{"conv2d", "relu", "matmul+add"});
  CHECK(names({.descending = false}) == List{"matmul+add", "relu", "conv2d"});
  CHECK(names({.column = OperationColumn::name, .descending = false}) ==
        List{"conv2d", "matmul+add", "relu"});
  CHECK(names({.column = OperationColumn::count}).front() == "conv2d");
  CHECK(names({.column = OperationColumn::bandwidth}) == List{"relu", "matmul+add", "conv2d"});
  CHECK(names({.column = OperationColumn::arithmetic}) == List{"conv2d", "matmul+add", "relu"});
  CHECK(names({.column = OperationColumn::bytes}) == List{"relu", "conv2d", "matmul+add"});
}

TEST_CASE("operations: the filter finds part of a name, whatever the case") {
  using List = std::vector<std::string>;
  CHECK(names({.filter = "CONV"}) == List{"conv2d"});
  CHECK(names({.filter = "u"}) == List{"relu", "matmul+add"});
  CHECK(names({.filter = "nothing"}).empty());
  // shares stay those of the whole step
  CHECK(operation_rows(*made_profile(), {.filter = "relu"})[0].share == doctest::Approx(0.2));
}

TEST_CASE("operations: the table is drawn at any size, empty and full") {
  for (const ImVec2 size : {ImVec2{200, 200}, {320, 900}, {1200, 240}, {1280, 800}}) {
    test::Ui ui(size);
    OperationsPanel panel;
    CHECK(ui.frame([&] { panel.draw(); }) > 0);
    for (const auto& profile :
         {std::make_shared<StepProfile>(), made_profile(), large_profile(20000)}) {
      panel.order.group = OperationGroup::dispatch;
      panel.set(profile);
      ui.frame([&] { panel.draw(); });
      CHECK(ui.frame([&] { panel.draw(); }) < 40000);
    }
  }
}

TEST_CASE("operations: a click on a row chooses its op, a second one lets go of it") {
  test::Ui ui({1000, 500});
  OperationsPanel panel;
  panel.set(made_profile());
  const auto click = [&](ImVec2 at) {
    for (const bool down : {false, true, false}) {
      ui.mouse(at, down);
      ui.frame([&] { panel.draw(); });
    }
  };
  ui.frame([&] { panel.draw(); });
  ui.frame([&] { panel.draw(); });
  const ImVec2 first{60, 78};  // below the controls and the table's head
  click(first);
  CHECK(panel.choice->op == "conv2d");
  click(first);
  CHECK(panel.choice->op.empty());
}

TEST_CASE("operations: what is taken away is what is shown") {
  OperationsPanel panel;
  CHECK(panel.table().rows.empty());
  CHECK(panel.json().at("operations").empty());
  panel.order.filter = "conv";
  panel.set(made_profile());
  REQUIRE(panel.table().rows.size() == 1);
  CHECK(panel.table().rows[0].size() == panel.table().columns.size());
  CHECK(panel.table().rows[0][2] == "700.000000");
  CHECK(panel.json().at("operations")[0].at("count") == 2);
  CHECK(panel.json().at("device") == "made");
}

}  // namespace
}  // namespace lemnos::viewer
