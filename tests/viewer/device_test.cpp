// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/device.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/viewer/ui.h"
#include "viewer/panels/quantity.h"

namespace lemnos::viewer {
namespace {

DevicePanel example() {
  DevicePanel panel;
  gpu::DeviceInfo gpu{.index = 0, .caps = {}, .score = 5023, .reason = "discrete GPU"};
  gpu.caps.name = "Forge 9000";
  gpu.caps.driver = "voodoo";
  gpu.caps.float16 = true;
  gpu.caps.heaps = {{std::uint64_t{24} << 30, true}, {std::uint64_t{64} << 30, false}};
  gpu::DeviceInfo old{.index = 1, .caps = {}, .score = -1, .reason = "needs Vulkan 1.2"};
  old.caps.name = "Old";
  panel.report.devices = {gpu, old};
  panel.report.choice = {0, "best of 2: discrete GPU"};
  panel.report.ops = {{"matmul", {"matmul_tiled"}, {}}, {"sort", {}, {"it is too long"}}};
  panel.report.examination = doctor::Examination{
      .seconds = 3.25,
      .tries = 11,
      .verdicts = {{.kernel = "matmul_tiled", .tries = 8, .worst = {.share = 0.25}},
                   {.kernel = "sort", .good = false, .reason = "wrong in 3 of 3 cases"}}};
  panel.report.environment = {{"LEMNOS_DEVICE", "the device to use", "0"}};
  panel.memory = {.buffer_bytes = std::uint64_t{3} << 30, .block_bytes = std::uint64_t{4} << 30};
  panel.version = "0.1.0";
  return panel;
}

TEST_CASE("device panel: sizes are said in the largest unit that leaves a number above one") {
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(bytes_text(std::uint64_t{24} << 30) == "24.0 GiB");
  CHECK(bytes_text(std::uint64_t{5} << 50) == "5120.0 TiB");
}

TEST_CASE("device panel: its table has limits, features, kernels and what cannot run") {
  const Table table = example().table();
  const auto has = [&](std::vector<std::string> row) {
    return std::ranges::find(table.rows, row) != table.rows.end();
  };
  CHECK(has({"device", "name", "Forge 9000"}));
  CHECK(has({"features", "float16", "yes"}));
  CHECK(has({"features", "int8", "no"}));
  CHECK(has({"kernels", "matmul", "matmul_tiled"}));
  CHECK(has({"kernels", "sort", "cannot always run: it is too long"}));
  CHECK(has({"doctor", "matmul_tiled", "right in 8 cases, largest error 0.25 of what is allowed"}));
  CHECK(has({"doctor", "sort", "quarantined: wrong in 3 of 3 cases"}));
  CHECK(has({"environment", "LEMNOS_DEVICE", "0"}));
  CHECK(DevicePanel().table().rows.empty());
}

TEST_CASE("device panel: its JSON is that of lemnos info, and the memory in use") {
  const auto json = example().json();
  CHECK(json["version"] == "0.1.0");
  CHECK(json["devices"].size() == 2);
  CHECK(json["chosen"]["reason"] == "best of 2: discrete GPU");
  CHECK(json["devices"][0]["features"]["float16"] == true);
  CHECK(json["kernels"]["sort"]["limits"][0] == "it is too long");
  CHECK(json["environment"]["LEMNOS_DEVICE"]["value"] == "0");
  CHECK(json["memory"]["buffer_bytes"] == std::uint64_t{3} << 30);
}

TEST_CASE("device panel: it is drawn at every size, and before the device is known") {
  DevicePanel panel = example();
  for (const ImVec2 size : {ImVec2{200, 200}, ImVec2{700, 500}, ImVec2{1600, 1000}})
    CHECK(test::draw_once(size, [&] { panel.draw(); }) > 100);
  panel.report.examination.reset();
  CHECK(test::draw_once({700, 500}, [&] { panel.draw(); }) > 100);
  DevicePanel empty;
  CHECK(test::draw_once({400, 300}, [&] { empty.draw(); }) > 10);
}

}  // namespace
}  // namespace lemnos::viewer
