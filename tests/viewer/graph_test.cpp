// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/graph.h"

#include <doctest/doctest.h>

#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "runtime/graph/trace.h"
#include "tests/skip.h"
#include "tests/viewer/ui.h"

namespace lemnos::viewer {
namespace {

// %0 and %1 are given; a matmul with its relu, then its gradient.
std::shared_ptr<const GraphView> made_view() {
  auto view = std::make_shared<GraphView>();
  view->nodes = {{.op = "input", .type = "[2, 3] f32", .name = "x", .readers = {2}},
                 {.op = "storage", .type = "[3, 4] f32", .name = "weights", .readers = {2, 4}},
                 {.op = "matmul",
                  .type = "[2, 4] f32",
                  .line = "model.cpp:7",
                  .inputs = {0, 1},
                  .readers = {3},
                  .unit = 1},
                 {.op = "relu",
                  .type = "[2, 4] f32",
                  .line = "model.cpp:8",
                  .inputs = {2},
                  .readers = {4},
                  .unit = 1},
                 {.op = "relu_grad",
                  .type = "[2, 4] f32",
                  .inputs = {3, 1},
                  .unit = 2,
                  .pass = Pass::backward}};
  view->units = {{.title = "inputs, states and views", .nodes = {0, 1}},
                 {.title = "matmul+relu", .nodes = {2, 3}, .dispatches = {0}},
                 {.title = "relu_grad",
                  .nodes = {4},
                  .dispatches = {1},
                  .first_wave = 1,
                  .last_wave = 1,
                  .pass = Pass::backward}};
  return view;
}

std::vector<std::int64_t> nodes(const GraphFilter& filter) {
  std::vector<std::int64_t> all;
  for (const GraphLine& line : graph_lines(*made_view(), filter)) all.push_back(line.node);
  return all;
}

TEST_CASE("graph: the outline has a title for each unit that has a node to show") {
  using List = std::vector<std::int64_t>;
  CHECK(nodes({}) == List{-1, -1, 2, 3, -1, 4});  // what is given, folded
  CHECK(nodes({.given = true}) == List{-1, 0, 1, -1, 2, 3, -1, 4});
  CHECK(nodes({.text = "RELU"}) == List{-1, 3, -1, 4});
  CHECK(nodes({.text = "weights"}) == List{-1, 1});
  CHECK(nodes({.text = "model.cpp:7"}) == List{-1, 2});
  CHECK(nodes({.text = "[3, 4]"}) == List{-1, 1});
  CHECK(nodes({.text = "%4"}) == List{-1, 4});
  CHECK(nodes({.forward = false}) == List{-1, 4});
  CHECK(nodes({.text = "matmul", .forward = false}).empty());
}

TEST_CASE("graph: a plan's nodes know their readers, units their dispatches, in order") {
  if (!lemnos::test::have_device()) return;
  Trace trace;
  const Tensor x = trace.input("x", {{5, 3}, DType::f32});
  const Tensor w = trace.input("w", {{3, 4}, DType::f32});
  const Tensor loss = mean(square(relu(matmul(x, w))));
  trace.graph().outputs = {trace.resolve(loss), trace.resolve(grad(loss, std::vector{w})[0])};
  const Program program("graph", trace.graph(), device());
  const Plan& plan = program.plan();
  const GraphView view = graph_view(plan);
  REQUIRE(view.nodes.size() == plan.graph.nodes.size());
  REQUIRE(view.units.size() == plan.units.size() + 1);
  CHECK(view.nodes[0].name == "x");
  std::size_t members = 0, dispatches = 0;
  std::uint32_t wave = 0;
  for (std::size_t i = 0; i < view.units.size(); ++i) {
    members += view.units[i].nodes.size();
    dispatches += view.units[i].dispatches.size();
    CHECK(view.units[i].first_wave >= wave);
    wave = view.units[i].first_wave;
    for (const std::uint32_t node : view.units[i].nodes) CHECK(view.nodes[node].unit == i);
  }
  CHECK(dispatches <= plan.dispatches.size());
  CHECK(members <= view.nodes.size());
  bool backward = false;
  for (std::uint32_t id = 0; id < view.nodes.size(); ++id) {
    backward = backward || view.nodes[id].pass == Pass::backward;
    for (const std::uint32_t input : view.nodes[id].inputs)
      CHECK(std::ranges::find(view.nodes[input].readers, id) != view.nodes[input].readers.end());
  }
  CHECK(backward);
}

TEST_CASE("graph: going to a value shows it whatever the filter was, and there is a way back") {
  GraphPanel panel;
  panel.go_to(3);  // of nothing
  CHECK(!panel.selected);
  panel.filter.text = "matmul";
  panel.set(made_view());
  panel.go_to(2);
  panel.go_to(4);
  CHECK(panel.selected == 4);
  CHECK(panel.filter.text.empty());
  panel.go_to(99);
  CHECK(panel.selected == 4);
  panel.go_back();
  CHECK(panel.selected == 2);
  panel.go_back();
  CHECK(panel.selected == 2);
}

TEST_CASE("graph: a click on a value's number goes to it") {
  test::Ui ui({1000, 500});
  GraphPanel panel;
  panel.set(made_view());
  ui.frame([&] { panel.draw(); });
  // The links of the matmul stand in the third line; those to what it reads begin at their place.
  std::optional<std::uint32_t> reached;
  for (float x = 400; x < 1000 && !reached; x += 6)
    for (const bool down : {false, true, false}) {
      ui.mouse({x, 50 + 2.5f * 24}, down);
      ui.frame([&] { panel.draw(); });
      if (panel.selected && *panel.selected != 2) reached = panel.selected;
    }
  CHECK(reached == 0);
}

TEST_CASE(
    "graph: a click on what is given unfolds it, another one folds it, a search looks into it") {
  test::Ui ui({1000, 500});
  GraphPanel panel;
  panel.set(made_view());
  ui.frame([&] { panel.draw(); });
  const auto click = [&](ImVec2 at) {
    for (const bool down : {false, true, false}) {
      ui.mouse(at, down);
      ui.frame([&] { panel.draw(); });
    }
  };
  const ImVec2 title{300, 50 + 0.5f * 24}, first{300, 50 + 1.5f * 24};
  click(first);  // a title
  CHECK(!panel.selected);
  click(title);
  CHECK(panel.filter.given);
  click(first);
  CHECK(panel.selected == 0);
  click(title);
  CHECK(!panel.filter.given);
  panel.go_to(1);
  CHECK(panel.filter.given);  // what is gone to is shown
}

TEST_CASE("graph: it is drawn at any size, empty and with 5,000 nodes, a few lines of them") {
  auto many = std::make_shared<GraphView>();
  for (std::uint32_t i = 0; i < 5000; ++i) {
    many->nodes.push_back({.op = "mul", .type = "[3] f32", .unit = i});
    if (i > 0) many->nodes[i].inputs = {i - 1, 0}, many->nodes[0].readers.push_back(i);
    many->units.push_back({.title = "mul", .nodes = {i}, .dispatches = {i}});
  }
  for (const ImVec2 size : {ImVec2{200, 200}, {320, 900}, {1200, 240}, {1280, 800}}) {
    test::Ui ui(size);
    GraphPanel panel;
    CHECK(ui.frame([&] { panel.draw(); }) > 0);
    for (const auto& view : std::vector<std::shared_ptr<const GraphView>>{
             std::make_shared<GraphView>(), made_view(), many}) {
      panel.set(view);
      ui.frame([&] { panel.draw(); });
      CHECK(ui.frame([&] { panel.draw(); }) < 30000);
    }
  }
}

TEST_CASE("graph: what is taken away has every node and unit") {
  GraphPanel panel;
  CHECK(panel.table().rows.empty());
  CHECK(panel.json().at("nodes").empty());
  panel.set(made_view());
  CHECK(panel.table().rows.size() == 5);
  CHECK(panel.table().rows[2][7] == "0 1");
  CHECK(panel.json().at("nodes")[4].at("pass") == "backward");
  CHECK(panel.json().at("units")[1].at("nodes").size() == 2);
}

}  // namespace
}  // namespace lemnos::viewer
