// SPDX-License-Identifier: Apache-2.0
// What is kept of a device's fastest kernels, who uses it, and how it is found.
#include "runtime/exec/tuner.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "ops/matmul/split.h"
#include "ops/ops.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/choices.h"
#include "runtime/exec/device_file.h"
#include "runtime/exec/program.h"
#include "runtime/graph/trace.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

Graph product(std::int64_t rows) {
  Trace trace;
  const Tensor a = trace.input("a", {Shape{rows, 40}, DType::f32});
  const Tensor b = trace.input("b", {Shape{40, 72}, DType::f32});
  const Tensor bias = trace.input("bias", {Shape{72}, DType::f32});
  trace.graph().outputs = {relu(matmul(a, b) + bias).node()};
  return trace.graph();
}

Problem first_problem(const Graph& graph) {
  for (const Node& node : graph.nodes)
    if (node.op->choices != nullptr) return problem_of(graph, node);
  throw Error("no node has choices", ErrorKind::failed);
}

// A device of its own for each test, so that their files do not meet.
struct Kept {
  explicit Kept(const char* test) {
    caps.name = "a GPU";
    caps.uuid = test;
  }
  ~Kept() { std::filesystem::remove(file()); }
  std::filesystem::path file() const { return *device_file("tuning", caps); }
  gpu::Caps caps;
};

}  // namespace

TEST_CASE("tuner: what was found is known at the next start, of that device and build") {
  const Kept kept("kept-choices");
  const Problem problem = first_problem(product(32)), other = first_problem(product(33));
  Choices choices;
  choices.set(problem, 3);
  choices.save(kept.caps);
  const Choices found = Choices::load(kept.caps);
  CHECK(found.find(problem) == 3);
  CHECK_FALSE(found.find(other).has_value());
  gpu::Caps newer = kept.caps;
  newer.driver_version = "another";
  CHECK(Choices::load(newer).size() == 0);
  auto json = nlohmann::json::parse(os::read_text(kept.file()));
  json["build"] = "0123456789abcdef";
  os::write_file(kept.file(), json.dump());
  CHECK(Choices::load(kept.caps).size() == 0);
  os::write_file(kept.file(), std::string_view("{\"choices\": 3"));
  CHECK(Choices::load(kept.caps).size() == 0);
}

TEST_CASE("tuner: a bias does not make another problem") {
  Problem plain = first_problem(product(32)), with_bias = plain;
  with_bias.inputs.push_back({Shape{72}, DType::f32});
  with_bias.bias = true;
  CHECK(Choices::key_of(plain) == Choices::key_of(with_bias));
  plain.inputs[0].dtype = DType::bf16;
  CHECK(Choices::key_of(plain) != Choices::key_of(with_bias));
}

TEST_CASE("tuner: a choice leads to another kernel or other constants, one too far to the guess") {
  const Graph graph = product(64);
  const Problem problem = first_problem(graph);
  const auto constants = [&](std::uint32_t choice) {
    Choices choices;
    choices.set(problem, choice);
    ExecOptions options;
    options.choices = &choices;
    std::vector<std::uint32_t> all;
    for (const PlannedDispatch& each : make_plan(graph, gpu::Caps{}, options).dispatches)
      all.insert(all.end(), each.dispatch.specialization.begin(),
                 each.dispatch.specialization.end());
    return all;
  };
  gpu::Caps wide;
  wide.max_group_invocations = 256;
  wide.shared_bytes = 32768;
  CHECK(problem.op->choices(problem, gpu::Caps{}) == split_choices);
  CHECK(problem.op->choices(problem, wide) > split_choices);
  CHECK(constants(0) == constants(1000));
}

TEST_CASE("tuner: off finds and uses nothing, full finds, cached uses what was found") {
  if (!have_device()) return;
  const Graph graph = product(47);
  const Problem problem = first_problem(graph);
  const auto known = [&](Tune tune) {
    ExecOptions options;
    options.tune = tune;
    const Plan plan = tuned_plan(graph, device(), options);
    CHECK(plan.dispatches.size() > 0);
    return options.choices != nullptr && options.choices->find(problem).has_value();
  };
  CHECK_FALSE(known(Tune::off));
  CHECK(known(Tune::cached) == Choices::load(device()->caps()).find(problem).has_value());
  if (device()->caps().timestamp_period == 0) return;
  CHECK(known(Tune::full));
  CHECK(known(Tune::cached));
  CHECK(Choices::load(device()->caps()).find(problem).has_value());
  CHECK_FALSE(known(Tune::off));
}

TEST_CASE("tuner: its modes are named, another word is wrong usage") {
  CHECK(tune_named("off", "--tune") == Tune::off);
  CHECK(tune_named("full", "--tune") == Tune::full);
  CHECK_THROWS_WITH_AS(tune_named("quick", "--tune"),
                       "--tune must be off, cached, fast or full, not 'quick'", Error);
}

}  // namespace lemnos::test
