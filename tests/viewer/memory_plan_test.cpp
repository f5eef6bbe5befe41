// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/memory_plan.h"

#include <doctest/doctest.h>

#include "tests/viewer/ui.h"

namespace lemnos::viewer {
namespace {

// Four waves; two arenas of 1000 and 500 bytes.
Plan made_plan() {
  Plan plan;
  plan.stats.waves = 4;
  plan.stats.arena_bytes = 1500;
  plan.stats.arena_lower_bound = 1400;
  plan.buffers = {{.kind = PlanBuffer::Kind::input, .bytes = 77},
                  {.kind = PlanBuffer::Kind::arena, .bytes = 1000},
                  {.kind = PlanBuffer::Kind::arena, .bytes = 500}};
  plan.blocks = {
      {.label = "matmul [2]  a.cpp:1", .offset = 0, .bytes = 600, .last_wave = 1},
      {.label = "relu [2]  a.cpp:2", .offset = 600, .bytes = 400, .first_wave = 1, .last_wave = 3},
      {.label = "conv2d [2]  a.cpp:3",
       .scratch = true,
       .arena = 1,
       .bytes = 500,
       .first_wave = 1,
       .last_wave = 1},
      {.label = "sum []  a.cpp:4", .bytes = 100, .first_wave = 2, .last_wave = 3}};
  return plan;
}

std::shared_ptr<const MemoryView> made_view() {
  return std::make_shared<const MemoryView>(memory_view(made_plan(), 1 << 20));
}

TEST_CASE("memory plan: arenas stand one above another, and what is alive is counted by wave") {
  const MemoryView view = memory_view(made_plan());
  CHECK(view.arenas == std::vector<std::uint64_t>{1000, 500});
  CHECK(view.blocks[1].offset == 600);
  CHECK(view.blocks[2].offset == 1000);  // in the second one
  CHECK(view.alive == std::vector<std::uint64_t>{600, 1500, 500, 500});
  CHECK(view.bytes == 1500);
  CHECK(largest_blocks(view) == std::vector<std::size_t>{0, 2, 1, 3});
}

TEST_CASE("memory plan: the block below a point is found by wave and byte") {
  const MemoryView view = memory_view(made_plan());
  const MemoryPlace place{.from = {100, 0}, .size = {400, 150}, .waves = 4, .bytes = 1500};
  const auto at = [&](double wave, double byte) {
    return block_at(view, place, {place.x(wave), place.y(byte)});
  };
  CHECK(at(0.5, 300) == 0);
  CHECK(at(1.5, 300) == 0);
  CHECK(at(2.5, 50) == 3);
  CHECK(!at(2.5, 300));
  CHECK(at(1.5, 800) == 1);
  CHECK(!at(0.5, 800));
  CHECK(at(1.5, 1200) == 2);
  CHECK(!at(2.5, 1200));
}

TEST_CASE("memory plan: it is drawn at any size, empty and full") {
  auto many = std::make_shared<MemoryView>();
  many->alive.resize(1000, 1000);
  many->bytes = 256 * 5000;
  for (std::uint32_t i = 0; i < 5000; ++i)
    many->blocks.push_back({.label = "mul [3]",
                            .offset = 256 * i,
                            .bytes = 200,
                            .first_wave = i / 5,
                            .last_wave = i / 5});
  for (const ImVec2 size : {ImVec2{200, 200}, {320, 900}, {1200, 240}, {1280, 800}}) {
    test::Ui ui(size);
    MemoryPlanPanel panel;
    CHECK(ui.frame([&] { panel.draw(); }) > 0);
    for (const auto& view : std::vector<std::shared_ptr<const MemoryView>>{
             std::make_shared<MemoryView>(), made_view(), many}) {
      panel.set(view);
      ui.frame([&] { panel.draw(); });
      CHECK(ui.frame([&] { panel.draw(); }) < 60000);
    }
  }
}

TEST_CASE("memory plan: a block is chosen in the chart, and what is taken away has all of them") {
  test::Ui ui({600, 500});  // the chart above the list
  MemoryPlanPanel panel;
  CHECK(panel.table().rows.empty());
  panel.set(made_view());
  const auto frame = [&] { ui.frame([&] { panel.draw(); }); };
  frame();
  frame();
  for (const bool down : {false, true, false}) {
    ui.mouse({200, 250}, down);  // the lower left: the first block
    frame();
  }
  CHECK(panel.selected == 0);
  CHECK(panel.table().rows.size() == 4);
  CHECK(panel.table().rows[2][2] == "1000");
  CHECK(panel.json().at("blocks").size() == 4);
  CHECK(panel.json().at("alive_bytes")[1] == 1500);
}

}  // namespace
}  // namespace lemnos::viewer
