// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/suite.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "nn/bench/ceilings/names.h"
#include "runtime/base/error.h"
#include "runtime/doctor/session.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

using namespace bench;

constexpr Effort little{.warm_up = 1, .repetitions = 3, .seconds = 0, .attempts = 1};

}  // namespace

TEST_CASE("suite: a pattern without * and ? is a part of the name") {
  CHECK(matches("", "matmul nn"));
  CHECK(matches("mul n", "matmul nn"));
  CHECK(!matches("mul t", "matmul nn"));
  CHECK(matches("matmul*", "matmul nn"));
  CHECK(matches("*nn", "matmul nn"));
  CHECK(matches("m*l ?n", "matmul nn"));
  CHECK(!matches("*l", "matmul nn"));
  CHECK(!matches("matmul nn?", "matmul nn"));
  CHECK(matches("*", ""));
  CHECK(matches("conv*,mat", "matmul nn"));
  CHECK(matches("mat,conv*", "matmul nn"));
  CHECK(!matches("add,conv*", "matmul nn"));
  CHECK(!matches("add,", "matmul nn"));
}

TEST_CASE("suite: kernels bring the ceilings of their roofline, and quick is a part of all") {
  gpu::Caps caps{.type = gpu::DeviceType::cpu};
  const auto all = row_names(caps, {});
  const auto quick = row_names(caps, {.quick = true});
  CHECK(quick.size() < all.size());
  for (const std::string& name : quick) CHECK(std::ranges::count(all, name) == 1);

  const auto plain = row_names(caps, {.match = "add *"});
  CHECK(plain == std::vector<std::string>{ceiling::arithmetic("f32"), std::string(ceiling::copy),
                                          "add 1Mi f32", "add 16Mi f32"});
  const auto models = row_names(caps, {.ceilings = false, .kernels = false, .match = "mlp*"});
  CHECK(models == std::vector<std::string>{
                      "mlp 784-512-10 train batch 128 f32", "mlp 784-512-10 run batch 128 f32",
                      "mlp 2-3-1 train batch 32 f32", "mlp 2-3-1 run batch 32 f32",
                      "mlp 784-512-10 train batch 128 bf16", "mlp 784-512-10 run batch 128 bf16"});
  CHECK(row_names(caps, {.kernels = false, .match = "matmul"}).empty());
  CHECK(row_names(caps, {.ceilings = false, .match = "ceiling"}).empty());

  caps.type = gpu::DeviceType::discrete;  // has all that a CPU has, to be scored by
  const auto larger = row_names(caps, {});
  for (const std::string& name : all) CHECK_MESSAGE(std::ranges::count(larger, name) == 1, name);
  CHECK(larger.size() > all.size());
}

TEST_CASE("suite: a run says with what it was measured, and tells how far it is") {
  if (!have_device()) return;
  std::vector<std::string> told;
  const SuiteOptions options{.match = "ceiling sub*", .name = "other name", .effort = little};
  const Result result = run_suite(device(), options, [&](auto done, auto all, auto name) {
    CHECK(done == told.size());
    CHECK(all == 1);
    told.emplace_back(name);
  });
  REQUIRE(result.rows.size() == 1);
  CHECK(told == std::vector{result.rows[0].name});
  CHECK(result.rows[0].name == ceiling::submission);
  CHECK(result.rows[0].device == "other name");
  CHECK(result.header.device == "other name");
  CHECK(result.header.driver_version == device()->caps().driver_version);
  CHECK(result.header.suite == suite_version);
  CHECK(!result.header.version.empty());
  CHECK(!result.header.commit.empty());
  CHECK(!result.header.host_cpu.empty());
  CHECK(result.header.host_threads > 0);
  CHECK(result.header.time.size() == std::string("2026-11-30T12:00:00Z").size());
}

TEST_CASE("suite: a pattern that no row matches is wrong usage") {
  if (!have_device()) return;
  try {
    (void)run_suite(device(), {.match = "matmul on the moon"});
    FAIL("it ran");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(std::string_view(error.what()).find("matmul on the moon") != std::string_view::npos);
  }
}

}  // namespace lemnos::test
