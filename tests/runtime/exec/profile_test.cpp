// SPDX-License-Identifier: Apache-2.0
// A profiled step is a step like any other; what is said of it adds up.
#include "runtime/exec/profile.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <functional>

#include "nn/lemnos.h"
#include "ops/step/step.h"
#include "runtime/base/error.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "tests/skip.h"

namespace lemnos {
namespace {

bool have_timestamps() {
  if (!test::have_device()) return false;
  if (device()->caps().timestamp_period > 0) return true;
  test::skip("the device has no timestamps");
  return false;
}

// Two layers that learn, with random numbers that the clock moves on.
class Step {
 public:
  explicit Step(const ExecOptions& options = {}) {
    optim::Adam adam(parameters(layers_), {.lr = 0.01});
    Trace trace(true, clock_);
    const Tensor x = trace.input("x", {{33, 7}, DType::f32});
    const Tensor y = layers_.second(dropout(relu(layers_.first(x)), 0.5));
    const Tensor loss = mean(square(y - 0.5));
    adam.step(grad(loss, parameters(layers_)), {.loss = loss});
    const auto ring = std::make_shared<Storage>("ring", DType::u32, ring_slots * ring_width(1));
    trace.assign(ring, advance(trace.read(ring), trace.clock(), record(pack_op, {loss})));
    trace.graph().outputs = {trace.resolve(loss)};
    program_ = std::make_unique<Program>("step", trace.graph(), device(), options);
    std::vector<float> values(33 * 7);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
    program_->set_input(0, std::as_bytes(std::span(values)));
  }

  Program& program() { return *program_; }
  std::uint64_t next_step() const { return clock_step(*clock_); }
  std::vector<float> weights() const { return layers_.first.weight.state()->values(); }

 private:
  struct Layers {
    nn::Linear first{{.in = 7, .out = 64}}, second{{.in = 64, .out = 3}};
    LEMNOS_FIELDS(first, second)
  };
  static Layers seeded() {
    seed(3);
    return {};
  }
  Layers layers_ = seeded();
  std::shared_ptr<Storage> clock_ = make_clock(5);
  std::unique_ptr<Program> program_;
};

void check_times(const StepProfile& profile, const Program& program) {
  REQUIRE(profile.dispatches.size() == program.stats().dispatches);
  const DispatchProfile* before = nullptr;
  for (const DispatchProfile& dispatch : profile.dispatches) {
    CHECK(dispatch.end >= dispatch.begin);
    if (before != nullptr) CHECK(dispatch.begin >= before->end);
    if (before != nullptr) CHECK(dispatch.wave >= before->wave);
    before = &dispatch;
  }
}

TEST_CASE("profile: each dispatch has its time, in order, and the sums are the step's") {
  if (!have_timestamps()) return;
  Step step;
  step.program().submit_timed();
  const StepProfile profile = step.program().profile();
  check_times(profile, step.program());
  const ProfileSum total = profile.total();
  CHECK(total.count == profile.dispatches.size());
  CHECK(total.seconds == doctest::Approx(profile.seconds()));  // one segment: no gaps
  CHECK(total.bytes == step.program().stats().bytes_moved);
  for (const auto& sums : {profile.by_op(), profile.by_kernel()}) {
    ProfileSum all;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (i > 0) CHECK(sums[i].seconds <= sums[i - 1].seconds);
      all.count += sums[i].count;
      all.seconds += sums[i].seconds;
      all.flops += sums[i].flops;
    }
    CHECK(all.count == total.count);
    CHECK(all.seconds == doctest::Approx(total.seconds));
    CHECK(all.flops == doctest::Approx(total.flops));
  }
  CHECK(profile.name == "step");
  CHECK(profile.device == device()->caps().name);
  CHECK(profile.waves == step.program().stats().waves);
}

TEST_CASE("profile: a profiled step gives the bits of an ordinary one and counts as one step") {
  if (!have_timestamps()) return;
  Step plain, profiled;
  for (int i = 0; i < 3; ++i) plain.program().submit();
  profiled.program().submit();
  profiled.program().submit_timed();
  CHECK(profiled.next_step() == 3);
  profiled.program().submit();
  CHECK(profiled.next_step() == 4);
  CHECK(profiled.weights() == plain.weights());
  CHECK(profiled.program().output(0) == plain.program().output(0));
}

TEST_CASE("profile: a step of several submissions is timed in each, and again and again") {
  if (!have_timestamps()) return;
  Step whole, cut({.segment_work = 1});
  REQUIRE(cut.program().segments() > 3);
  for (int i = 0; i < 2; ++i) {
    whole.program().submit();
    cut.program().submit_timed();
    check_times(cut.program().profile(), cut.program());
  }
  CHECK(cut.weights() == whole.weights());
}

TEST_CASE("profile: a unit's operations are counted once, however many dispatches share them") {
  if (!have_timestamps()) return;
  Step step;
  step.program().submit_timed();
  double planned = 0;
  for (const PlannedUnit& unit : step.program().plan().units) planned += unit.flops;
  const ProfileSum total = step.program().profile().total();
  CHECK(total.flops == doctest::Approx(planned));
  // Five products: two forward, their weights' gradients, and the one of the hidden layer. What is
  // done beside them is less here.
  const double products = 2.0 * 33 * 64 * (2 * 7 + 3 * 3);
  CHECK(total.flops > products);
  CHECK(total.flops < 1.5 * products);
}

TEST_CASE("profile: before any step was profiled there is none, and that is said") {
  if (!test::have_device()) return;
  Step step;
  step.program().submit();
  CHECK_THROWS_WITH_AS(step.program().profile(), doctest::Contains("submit_timed"), Error);
}

TEST_CASE("profile: nodes know whether they were recorded forward, backward or to update") {
  if (!test::have_device()) return;
  Step step;
  const Plan& plan = step.program().plan();
  std::array<int, 3> count{};
  for (const Node& node : plan.graph.nodes) {
    ++count[static_cast<std::size_t>(node.pass)];
    if (node.op->name == "sum_squares") CHECK(node.pass == Pass::update);
    if (node.op->name == "bernoulli") CHECK(node.pass == Pass::forward);
    if (node.op->name == "relu_grad") CHECK(node.pass == Pass::backward);
  }
  for (const int nodes : count) CHECK(nodes > 10);
}

// ---- memory ------------------------------------------------------------------------------------

Program step_of(const std::function<Tensor(Trace&)>& loss) {
  Trace trace(true, make_clock(1));
  trace.graph().outputs = {trace.resolve(loss(trace))};
  return Program("model", trace.graph(), device());
}

// A few kinds of steps: what lives long (activations), what lives short, and scratch.
std::vector<std::function<Tensor(Trace&)>> models() {
  const auto mlp = [](Trace& trace) {
    Tensor x = trace.input("x", {{65, 40}, DType::f32});
    for (int i = 0; i < 6; ++i) x = tanh(nn::Linear{{.in = 40, .out = 40}}(x));
    return mean(square(x));
  };
  const auto convolutions = [](Trace& trace) {
    Tensor x = trace.input("x", {{4, 16, 16, 3}, DType::f32});
    nn::Conv2d first{{.in = 3, .out = 8, .kernel = 3, .pad = 1}};
    nn::Conv2d second{{.in = 8, .out = 8, .kernel = 3, .stride = 2, .pad = 1}};
    nn::BatchNorm norm{{.size = 8}};
    const Tensor loss = mean(softplus(second(relu(norm(first(x))))));
    const auto gradients = grad(loss, std::vector{first.weight, second.weight});
    return loss + sum(gradients[0]) + sum(square(gradients[1]));
  };
  const auto attends = [](Trace& trace) {
    const Tensor x = trace.input("x", {{2, 2, 33, 8}, DType::f32});
    const Tensor y = attention(x, x * 2.0, x + 1.0, {.causal = true, .dropout = 0.1});
    return mean(softmax(y, -1) * y);
  };
  return {mlp, convolutions, attends};
}

TEST_CASE("plan: blocks that live at the same time share no byte, and all lie in their arena") {
  if (!test::have_device()) return;
  for (const auto& model : models()) {
    const Program program = step_of(model);
    const Plan& plan = program.plan();
    REQUIRE(plan.blocks.size() > 3);
    std::uint64_t most = 0, sum = 0;
    for (const PlannedBlock& a : plan.blocks) {
      sum += a.bytes;
      most = std::max(most, a.offset + a.bytes);
      CHECK(!a.label.empty());
      CHECK(a.bytes > 0);
      CHECK(a.first_wave <= a.last_wave);
      CHECK(a.last_wave < plan.stats.waves);
      for (const PlannedBlock& b : plan.blocks) {
        if (&a == &b || a.arena != b.arena) continue;
        const bool in_time = a.first_wave <= b.last_wave && b.first_wave <= a.last_wave;
        const bool in_place = a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
        CHECK(!(in_time && in_place));
      }
    }
    CHECK(most <= plan.stats.arena_bytes);
    CHECK(most + 256 > plan.stats.arena_bytes);
    CHECK(sum > plan.stats.arena_bytes);  // memory is shared
  }
}

TEST_CASE("plan: every dispatch but a copy names its unit, and units their nodes") {
  if (!test::have_device()) return;
  for (const auto& model : models()) {
    const Program program = step_of(model);
    const Plan& plan = program.plan();
    REQUIRE(plan.units.size() == plan.stats.units);
    for (const PlannedDispatch& dispatch : plan.dispatches) {
      if (dispatch.label.starts_with("copy ")) continue;
      REQUIRE(dispatch.unit < plan.units.size());
      CHECK(plan.units[dispatch.unit].label == dispatch.label);
      for (const NodeId node : plan.units[dispatch.unit].nodes)
        CHECK(node < plan.graph.nodes.size());
    }
  }
}

}  // namespace
}  // namespace lemnos
