// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/metrics.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/viewer/ui.h"

namespace lemnos::viewer {
namespace {

std::shared_ptr<RunLog> run_of(const char* name, std::uint64_t steps) {
  auto log = std::make_shared<RunLog>(name);
  for (std::uint64_t step = 1; step <= steps; ++step) {
    const Moment moment{step, static_cast<double>(step) / 10, static_cast<double>(step) / 2};
    const std::vector<NamedValue> scalars = {{"kl", 3.5}, {"grad_norm", 0.1}};
    log->on_step({.moment = moment,
                  .loss = step == 2 ? NAN : 1.0 / static_cast<double>(step),
                  .scalars = scalars,
                  .ms = 4});
    const std::vector<NamedValue> metrics = {{"accuracy", 0.5}, {"loss", 0.75}};
    if (step % 5 == 0) log->on_eval(moment, "test", metrics);
    if (step % 7 == 0) log->on_event(moment, "checkpoint", "checkpoint.safetensors");
  }
  return log;
}

TEST_CASE("metrics: quantities of all runs, the loss first, and only those that were told") {
  MetricsPanel panel;
  CHECK(panel.quantities().empty());
  panel.runs = {run_of("a", 10), run_of("b", 3), std::make_shared<RunLog>("empty")};
  CHECK(panel.quantities() ==
        std::vector<std::string>{"loss", "accuracy", "grad_norm", "kl", "ms"});
}

TEST_CASE("metrics: a quantity's plot has each run in one colour, held-out curves told apart") {
  test::Ui ui;
  MetricsPanel panel;
  panel.runs = {run_of("a", 10), run_of("b", 20)};
  ui.frame([&] { panel.draw(); });
  const Plot* plot = panel.plot("loss");
  REQUIRE(plot != nullptr);
  REQUIRE(plot->curves.size() == 4);
  for (const Curve& curve : plot->curves) {
    CHECK(curve.held_out == (curve.name.find("test") != std::string::npos));
    CHECK(curve.color == theme().series[curve.name[0] == 'a' ? 0 : 1]);
  }
  CHECK(plot->markers.size() == 3);
  CHECK(panel.plot("accuracy") != nullptr);
  CHECK(panel.plot("kl") == nullptr);
  panel.chosen.insert("kl");
  ui.frame([&] { panel.draw(); });
  CHECK(panel.plot("kl") != nullptr);
}

TEST_CASE("metrics: drawn empty, with nothing chosen and full, at several sizes") {
  for (const ImVec2 size : {ImVec2{200, 200}, {420, 300}, {1280, 800}, {3840, 2160}}) {
    MetricsPanel panel;
    CHECK(test::draw_once(size, [&] { panel.draw(); }) > 0);
    panel.runs = {run_of("a", 10), run_of("b", 2000)};
    CHECK(test::draw_once(size, [&] { panel.draw(); }) > 0);
    panel.chosen = {"loss", "accuracy", "kl", "ms", "grad_norm"};
    panel.log_y = panel.ignore_outliers = true;
    panel.kind = XKind::seconds;
    CHECK(test::draw_once(size, [&] { panel.draw(); }) > 0);
    panel.chosen.clear();
    CHECK(test::draw_once(size, [&] { panel.draw(); }) > 0);
  }
}

TEST_CASE("metrics: the table has a row a step and a column a series, and JSON has the same") {
  MetricsPanel panel;
  panel.runs = {run_of("a", 5), run_of("b", 2)};
  const Table table = panel.table();
  CHECK(table.columns == std::vector<std::string>{"step", "a/test/loss", "a/train/loss",
                                                  "b/train/loss", "a/test/accuracy"});
  REQUIRE(table.rows.size() == 5);
  CHECK(table.rows[0] == std::vector<std::string>{"1", "", "1", "1", ""});
  CHECK(table.rows[1] == std::vector<std::string>{"2", "", "", "", ""});
  CHECK(table.rows[4] == std::vector<std::string>{"5", "0.75", "0.2", "", "0.5"});

  const nlohmann::ordered_json json = panel.json();
  REQUIRE(json.at("series").size() == 4);
  CHECK(json["series"][1]["series"] == "a/train/loss");
  CHECK(json["series"][1]["value"].dump() == "[1.0,null,0.3333333333333333,0.25,0.2]");
  CHECK(json["series"][1]["step"][4] == 5);
}

}  // namespace
}  // namespace lemnos::viewer
