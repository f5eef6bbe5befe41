// SPDX-License-Identifier: Apache-2.0
// Rows of kernels: right answers pass, wrong ones do not, and what is too large for the reference
// is checked in parts.
#include "nn/bench/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "nn/bench/families.h"
#include "ops/ops.h"
#include "runtime/doctor/session.h"
#include "runtime/graph/trace.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

using namespace bench;

constexpr Effort little{.warm_up = 1, .repetitions = 3, .seconds = 0, .attempts = 1};
constexpr Roofline roofline{.flops_per_second = 1e9, .bytes_per_second = 1e9};

Row measured(const Case& kernel) {
  Timer timer(device(), little);
  return measure_kernel(kernel, timer, roofline);
}

// A copy whose reference has another last element: to the check, a kernel that is wrong at an edge.
const OpDef& wrong_at_the_edge() {
  static const OpDef op = [] {
    OpDef copy = *runtime_ops().copy;
    copy.reference = [](const Problem&, std::span<const Values> in, Values& out) {
      out = in[0];
      out.back() += 0.01;
    };
    return copy;
  }();
  return op;
}

Case wrong_case(bool alone) {
  return {.name = "wrong",
          .inputs = {{.shape = {500, 4}}},
          .body = [alone](std::span<const Tensor> x) -> std::vector<Tensor> {
            const Tensor copied = record(wrong_at_the_edge(), {x[0]});
            return {alone ? copied : tanh(softmax(copied))};
          }};
}

}  // namespace

TEST_CASE("kernels: a row has its times, its work and an error within what is allowed") {
  if (!have_device()) return;
  const Row row = measured(matmul_case("nn", {24, 20, 28}));
  CHECK(row.pass);
  CHECK(row.checked);
  CHECK(row.error > 0);
  CHECK(row.error < 1);
  CHECK(row.wall_ms.size() == 3);
  CHECK(row.flops == 2.0 * 24 * 20 * 28);
  CHECK(row.bytes == 4.0 * (24 * 28 + 28 * 20 + 24 * 20));
  CHECK(row.roofline_ms == doctest::Approx(1e3 * row.flops / 1e9));
}

TEST_CASE("kernels: one wrong element is a wrong answer, behind other ops too") {
  if (!have_device()) return;
  for (const bool alone : {true, false}) {
    const Row row = measured(wrong_case(alone));
    CHECK(!row.pass);
    CHECK(row.checked);
    CHECK(row.error > 10);
  }
}

TEST_CASE("kernels: what is too large for the reference is checked in parts, and right") {
  if (!have_device()) return;
  using enum ConvPass;
  const ConvSizes images{.n = 2, .side = 16, .c = 256, .k = 192};
  const AttentionSizes heads{.b = 2, .h = 2, .t = 600, .d = 64};
  for (const Case& kernel :
       {matmul_case("nn", {600, 600, 600}), matmul_case("nt", {64, 96, 40000}),
        matmul_case("tn", {64, 96, 40000}), matmul_case("nn", {64, 72, 9000, 5}),
        conv_case(forward, images), conv_case(data, images), conv_case(weights, images),
        attention_case(Use::train, heads)}) {
    CAPTURE(kernel.name);
    CHECK(!kernel.slices.empty());
    const Row row = measured(kernel);
    CHECK(row.pass);
    CHECK(row.error > 0);
    CHECK(row.note.empty());
  }
}

TEST_CASE("kernels: small and memory-bound work is timed with both clocks, one by one") {
  if (!have_device()) return;
  Timer timer(device(), little);
  for (const Case& kernel :
       {adam_case(1000), sum_case(3000), embedding_case(Use::train, {64, 100, 8})}) {
    CAPTURE(kernel.name);
    const Row row = measure_kernel(kernel, timer, roofline);
    CHECK(row.pass);
    CHECK(row.note.empty());
    CHECK(row.wall_ms.size() == 3);
    const std::size_t timestamps = device()->caps().timestamp_period > 0 ? 3 : 0;
    CHECK(row.gpu_ms.size() == timestamps);
    REQUIRE(row.extras.size() == 1);
    CHECK(row.extras[0].name == "same memory again");
    CHECK(row.extras[0].value > 0);
  }
}

TEST_CASE("kernels: what needs more than the device has is said, not measured and not failed") {
  if (!have_device()) return;
  const Row row = measured(add_case(std::int64_t{1} << 40));
  CHECK(row.times().empty());
  CHECK(row.note.starts_with("does not fit"));
  CHECK(row.pass);
}

TEST_CASE("kernels: names are unique, and both 16-bit and f32 rows run and train") {
  for (const bool cpu : {true, false}) {
    std::set<std::string> names;
    std::set<std::pair<bool, Use>> kinds, quick;
    for (const Case& kernel : kernel_cases(cpu)) {
      CHECK_MESSAGE(names.insert(kernel.name).second, kernel.name);
      kinds.insert({kernel.sixteen(), kernel.use});
      if (kernel.quick) quick.insert({kernel.sixteen(), kernel.use});
    }
    CHECK(kinds.size() == 4);
    CHECK(quick == kinds);
  }
}

}  // namespace lemnos::test
