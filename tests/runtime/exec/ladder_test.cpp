// SPDX-License-Identifier: Apache-2.0
// What becomes of a problem whose kernels are quarantined, on devices that do not exist.
#include "runtime/exec/ladder.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ops/ops.h"
#include "runtime/base/error.h"
#include "runtime/exec/plan.h"
#include "runtime/graph/trace.h"

namespace lemnos::test {
namespace {

gpu::Caps cpu_driver() {
  gpu::Caps caps;
  caps.name = "a CPU";
  caps.type = gpu::DeviceType::cpu;
  caps.subgroup_size = 8;
  caps.subgroup_basic = caps.subgroup_vote = caps.subgroup_arithmetic = true;
  caps.subgroup_shuffle = caps.subgroup_ballot = true;
  caps.texel_loads_preferred = caps.register_tiling_preferred = true;
  caps.max_texel_elements = 1u << 27;
  caps.max_group_invocations = 1024;
  caps.shared_bytes = 32768;
  caps.max_storage_buffers_per_stage = 16;
  return caps;
}

const OpDef& op(std::string_view name) {
  return **std::ranges::find(all_ops(), name, &OpDef::name);
}

Problem product() {
  const TensorType square{Shape{64, 64}, DType::f32};
  Problem problem{.op = &op("matmul"), .inputs = {square, square}};
  problem.attrs = problem.op->samples().front().attrs;
  problem.result = problem.op->shape(problem);
  return problem;
}

std::string first_kernel(const gpu::Caps& caps) {
  return std::string(lower_on_ladder(product(), caps).dispatches.front().shader->name);
}

Graph two_pointwise_ops() {
  Trace trace;
  const Tensor x = trace.input("x", {Shape{5, 7}, DType::f32});
  trace.graph().outputs.push_back((exp(x) * x).node());
  return trace.graph();
}

std::vector<std::string> kernels(const Plan& plan) {
  std::vector<std::string> names;
  for (const PlannedDispatch& planned : plan.dispatches)
    names.emplace_back(variant_of(*planned.dispatch.shader));
  return names;
}

}  // namespace

TEST_CASE("ladder: where a kernel is quarantined, the next one down is used") {
  gpu::Caps caps = cpu_driver();
  CHECK(first_kernel(caps) == "matmul_registers_texel");
  caps.quarantined = {"matmul_registers_texel"};
  CHECK(first_kernel(caps) == "matmul_registers");
  caps.quarantined.push_back("matmul_registers");
  CHECK(first_kernel(caps) == "matmul_tile");
}

TEST_CASE("ladder: where no kernel is left, the error names op, kernels and device") {
  gpu::Caps caps = cpu_driver();
  caps.quarantined = {"matmul_registers_texel", "matmul_registers", "matmul_tile"};
  std::string text;
  try {
    first_kernel(caps);
  } catch (const Error& error) {
    text = error.what();
    CHECK(error.kind() == ErrorKind::failed);
  }
  for (const char* part :
       {"matmul", "a CPU", "matmul_registers_texel", "matmul_tile", "LEMNOS_DOCTOR=off"})
    CHECK(text.find(part) != std::string::npos);
}

TEST_CASE("ladder: a rung to begin with leaves out those above it") {
  const auto kernel = [](std::uint32_t rung) {
    return lower_on_ladder(product(), cpu_driver(), rung).dispatches.front().shader->name;
  };
  CHECK(kernel(0) == "matmul_registers_texel");
  CHECK(kernel(1) == "matmul_registers");
  CHECK(kernel(2) == "matmul_tile");
}

TEST_CASE("ladder: generated chains that are quarantined are run op by op, which is counted") {
  gpu::Caps caps = cpu_driver();
  const Plan fused = make_plan(two_pointwise_ops(), caps, {});
  CHECK(kernels(fused) == std::vector<std::string>{std::string(generated_chains)});
  CHECK(fused.stats.fallbacks == 0);
  caps.quarantined = {std::string(generated_chains)};
  const Plan plan = make_plan(two_pointwise_ops(), caps, {});
  CHECK(kernels(plan) == std::vector<std::string>{"pointwise", "pointwise"});
  CHECK(plan.stats.fallbacks == 2);
}

}  // namespace lemnos::test
