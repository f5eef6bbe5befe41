// SPDX-License-Identifier: Apache-2.0
// Kernels that are broken on purpose are found, and what is used in their place is right.
#include "runtime/doctor/checkup.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "runtime/doctor/session.h"
#include "runtime/exec/ladder.h"
#include "runtime/exec/plan.h"
#include "tests/runtime/gpu/broken_driver.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

using doctor::Finding;

const doctor::Journal silent{[](const auto&, const auto&) {}, [](auto&) {}};

// The findings of a check-up as if all but the ops named were known to be right.
std::vector<Finding> check_up_of(const std::vector<std::string>& ops,
                                 const std::function<std::shared_ptr<gpu::Device>()>& open) {
  std::vector<Finding> known;
  for (const doctor::Try& each : doctor::choose(open()->caps(), doctor::Scope::first_use))
    if (std::ranges::find(ops, each.test_case.op->name) == ops.end())
      known.push_back({.name = each.name, .kernels = each.kernels});
  return check_up(open, doctor::Scope::first_use, silent, known);
}

bool was_right(const std::vector<Finding>& findings, const std::string& kernel) {
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    return finding.kind == Finding::Kind::right && finding.seconds > 0 &&
           std::ranges::find(finding.kernels, kernel) != finding.kernels.end();
  });
}

// The gradients of a case's inputs, with those of its results as further inputs.
Graph backward_graph(const doctor::Case& test_case) {
  Trace trace;
  std::vector<Tensor> inputs, weights;
  const std::vector<Operand> operands = doctor::declare_inputs(trace, test_case.sample);
  for (const Operand& operand : operands) inputs.push_back(operand.tensor());
  const std::vector<Tensor> results = record_results(test_case, operands);
  for (const Tensor& result : results)
    weights.push_back(trace.input("w", {result.shape(), DType::f32}));
  for (const Tensor& gradient : test_case.op->gradient({.inputs = inputs,
                                .result = results[0],
                                .dresult = weights[0],
                                .attrs = test_case.sample.attrs,
                                .parts = results,
                                .dparts = weights}))
    if (gradient) trace.graph().outputs.push_back(gradient.node());
  return trace.graph();
}

bool is_lavapipe() {
  if (!have_device()) return false;
  const gpu::Caps& caps = device()->caps();
  if (caps.subgroup_size == 8 && caps.texel_loads_preferred && caps.subgroup_arithmetic)
    return true;
  skip("the kernels that this test breaks are those of lavapipe with 8 lanes, nothing hidden");
  return false;
}

}  // namespace

TEST_CASE("checkup: every kernel that lowerings use is chosen, and each pointwise op generated") {
  gpu::Caps caps;
  caps.max_storage_buffers_per_stage = 16;
  std::set<std::string> chosen, lowered;
  for (const doctor::Try& each : doctor::choose(caps, doctor::Scope::first_use))
    chosen.insert(each.kernels.begin(), each.kernels.end());
  for (const OpDef* op : all_ops())
    for (const doctor::Case& test_case : doctor::cases_of(*op)) {
      if (op->lower == nullptr) continue;
      try {
        for (const Dispatch& dispatch : lower_on_ladder(problem_of(test_case), caps).dispatches)
          lowered.emplace(dispatch.shader->name);
      } catch (const Error&) {  // it cannot run on the smallest device
      }
    }
  lowered.emplace(generated_chains);
  CHECK(chosen == lowered);
}

TEST_CASE("checkup: what reaches every kernel comes first, and what is extra adds none") {
  gpu::Caps caps;
  caps.max_storage_buffers_per_stage = 16;
  std::set<std::string> reached;
  int extra = 0;
  for (const doctor::Try& each : doctor::choose(caps, doctor::Scope::first_use)) {
    if (!each.extra) {
      CHECK(extra == 0);
      reached.insert(each.kernels.begin(), each.kernels.end());
      continue;
    }
    ++extra;
    for (const std::string& kernel : each.kernels) CHECK_MESSAGE(reached.contains(kernel), kernel);
  }
  CHECK(extra > 100);
}

TEST_CASE("checkup: backward passes use no kernel that is not chosen") {
  gpu::Caps caps;
  caps.max_storage_buffers_per_stage = 16;
  std::set<std::string> chosen;
  for (const doctor::Try& each : doctor::choose(caps, doctor::Scope::first_use))
    chosen.insert(each.kernels.begin(), each.kernels.end());
  int graphs = 0;
  for (const OpDef* op : all_ops())
    for (const doctor::Case& test_case : doctor::cases_of(*op)) {
      if (op->gradient == nullptr || !test_case.sample.gradient) continue;
      CAPTURE(test_case.name);
      for (const PlannedDispatch& planned :
           make_plan(backward_graph(test_case), caps, {.pointwise = false}).dispatches)
        CHECK_MESSAGE(chosen.contains(std::string(planned.dispatch.shader->name)),
                      planned.dispatch.shader->name);
      ++graphs;
    }
  CHECK(graphs > 100);
}

TEST_CASE("checkup: a full one tries every sample, other rungs, and all kinds of values") {
  gpu::Caps caps;
  caps.max_storage_buffers_per_stage = 16;
  caps.texel_loads_preferred = caps.signed_zero_inf_nan_preserve_f32 = true;
  std::set<std::string> names;
  for (const doctor::Try& each : doctor::choose(caps, doctor::Scope::full))
    if (each.test_case.op->name == "softmax") names.insert(each.name);
  const auto has = [&](const char* part) {
    return std::ranges::any_of(
        names, [&](const std::string& name) { return name.find(part) != std::string::npos; });
  };
  for (const char* part : {"sample 0", "sample 5", "no texel buffers", "denormal values",
                           "huge values", "rows of -inf", "a NaN"})
    CHECK_MESSAGE(has(part), part);
}

TEST_CASE("checkup: a product that subtracts is quarantined, the next kernel is right") {
  if (!is_lavapipe()) return;
  const BrokenDriver driver("matmul_registers_texel", [](Words& words) {
    for_each_instruction(words, add_floats, [](auto each) { turn_into(each, subtract_floats); });
  });
  const auto findings = check_up_of({"matmul"}, [&] { return driver.open(); });
  CHECK(quarantined(doctor::judge(findings)) == std::vector<std::string>{"matmul_registers_texel"});
  CHECK(was_right(findings, "matmul_registers"));
}

TEST_CASE("checkup: a loop that goes one too far is found") {
  if (!is_lavapipe()) return;
  const BrokenDriver driver("reduce_lane", [](Words& words) {
    for_each_instruction(words, unsigned_less,
                         [](auto each) { turn_into(each, unsigned_less_equal); });
  });
  const auto findings = check_up_of({"sum", "max"}, [&] { return driver.open(); });
  CHECK(quarantined(doctor::judge(findings)) == std::vector<std::string>{"reduce_lane"});
}

TEST_CASE("checkup: a sum over a subgroup that only its last lane has is found") {
  if (!is_lavapipe()) return;
  const BrokenDriver driver("norm_subgroup_texel", [](Words& words) {
    for_each_instruction(words, sum_of_group,
                         [](auto each) { each[group_operation] = inclusive_scan; });
  });
  const auto findings = check_up_of({"layer_norm"}, [&] { return driver.open(); });
  CHECK(quarantined(doctor::judge(findings)) == std::vector<std::string>{"norm_subgroup_texel"});
  CHECK(was_right(findings, "norm_subgroup"));
}

TEST_CASE("checkup: a driver that refuses to compile a kernel loses it, not the device") {
  if (!is_lavapipe()) return;
  const auto findings = check_up_of({"softmax"}, open_with_one_refusal);
  REQUIRE(quarantined(doctor::judge(findings)).size() == 1);
  CHECK(std::ranges::count(findings, Finding::Kind::failed, &Finding::kind) == 1);
}

}  // namespace lemnos::test
