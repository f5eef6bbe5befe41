// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/ceilings/ceilings.h"

#include <doctest/doctest.h>

#include <numeric>

#include "nn/bench/ceilings/names.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

using namespace bench;

constexpr Effort little{.warm_up = 1, .repetitions = 3, .seconds = 0, .attempts = 1};

}  // namespace

TEST_CASE("timer: times are of one of the parts of a step, by both clocks") {
  if (!have_device()) return;
  Timer timer(device(), {.warm_up = 0, .repetitions = 4, .seconds = 0, .attempts = 1});
  int runs = 0;
  double sink = 0;
  const double began = os::seconds();
  const Timing host = timer.time_host(
      [&] {
        ++runs;
        for (int i = 0; i < 200000; ++i) sink += 1.0 / (1 + i);
      },
      2);
  const double all_ms = (os::seconds() - began) * 1e3;
  CHECK(sink > 0);
  CHECK(runs == 4);
  REQUIRE(host.wall_ms.size() == 4);
  CHECK(2 * std::accumulate(host.wall_ms.begin(), host.wall_ms.end(), 0.0) <= all_ms);
  CHECK(host.gpu_ms.empty());

  gpu::Recording nothing(*device(), "nothing");
  nothing.end();
  const gpu::Recording* const step[] = {&nothing, &nothing};
  const Timing timing = timer.time(step);
  CHECK(timing.wall_ms.size() == 4);
  if (device()->caps().timestamp_period > 0) {
    REQUIRE(timing.gpu_ms.size() == 4);
    for (const double ms : timing.gpu_ms) CHECK(ms >= 0);
  }
}

TEST_CASE("timer: an unstable row is repeated, and says so in the end") {
  if (!have_device()) return;
  Timer timer(device(), {.warm_up = 0, .repetitions = 20, .seconds = 0, .attempts = 3});
  int runs = 0;
  double sink = 0;
  const Timing timing = timer.time_host([&] {
    const int turns = runs++ % 2 == 0 ? 100 : 200000;
    for (int i = 0; i < turns; ++i) sink += 1.0 / (1 + i);
  });
  CHECK(sink > 0);
  CHECK(runs == 60);
  CHECK(!timing.stable);
  CHECK(timing.wall_ms.size() == 20);
}

TEST_CASE("ceilings: each is measured, or has a note that says why not") {
  if (!have_device()) return;
  Timer timer(device(), little);
  for (const std::string& name : ceiling_names()) {
    CAPTURE(name);
    if (name == ceiling::copy || name == ceiling::arithmetic("int8")) continue;  // take seconds
    const Row row = measure_ceiling(name, timer);
    CHECK(row.name == name);
    CHECK(row.part == Part::ceiling);
    CHECK(row.pass);
    CHECK((!row.times().empty() || !row.note.empty()));
    if (name.ends_with("arithmetic") && !row.times().empty()) CHECK(row.gflops() > 0);
    if (name == ceiling::arithmetic("f32")) CHECK(row.checked);
  }
}

TEST_CASE("roofline: the longer of arithmetic and memory, by the faster kind of arithmetic") {
  Row f32{.name = ceiling::arithmetic("f32"), .gpu_ms = {1}, .flops = 1e9};
  Row f16{.name = ceiling::arithmetic("f16"), .gpu_ms = {1}, .flops = 4e9};
  const Row copy{.name = std::string(ceiling::copy), .gpu_ms = {1}, .bytes = 1e8};
  const Row all[] = {f32, f16, copy};
  const Roofline roofline = Roofline::of(all);
  CHECK(roofline.ms(2e9, 1e8, "f32") == doctest::Approx(2));
  CHECK(roofline.ms(2e9, 1e8, "bf16") == doctest::Approx(1));
  CHECK(roofline.ms(1e9, 5e8, "f32") == doctest::Approx(5));
  CHECK(Roofline::of(std::span(all).first(1)).ms(1, 1, "f32") == 0);
}

}  // namespace lemnos::test
