// SPDX-License-Identifier: Apache-2.0
// The executor: state in place, replays, off switches that change nothing but speed.
#include <doctest/doctest.h>

#include <functional>

#include "nn/compile.h"
#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "tests/skip.h"

namespace lemnos {
namespace {

std::shared_ptr<State> state(std::vector<float> values) {
  auto made = std::make_shared<State>();
  made->name = "state";
  made->shape = Shape{static_cast<std::int64_t>(values.size())};
  made->storage = std::make_shared<Storage>("state", DType::f32, made->shape.elements());
  made->set_values(values);
  return made;
}

Program program_of(const std::function<void(Trace&)>& body, ExecOptions options = {}) {
  Trace trace;
  body(trace);
  return Program("test", trace.graph(), device(), options);
}

TEST_CASE("program: a state assigned from itself is updated in place, one dispatch a step") {
  if (!test::have_device()) return;
  const auto s = state({1, 2, 3});
  Program program = program_of([&](Trace&) { assign(Tensor(s), Tensor(s) * 2.0 + 1.0); });
  CHECK(program.stats().dispatches == 1);
  CHECK(program.stats().arena_bytes == 0);
  program.submit(3);
  program.wait();
  CHECK(s->values() == std::vector<float>{15, 23, 31});
}

TEST_CASE("program: on a CPU driver what is smaller than 2^-126 is zero, on the host it is not") {
  if (!test::have_device()) return;
  if (device()->caps().type != gpu::DeviceType::cpu) return test::skip("not a CPU driver");
  const auto s = state({1e-20f, 1e-15f});
  Program program = program_of([&](Trace&) { assign(Tensor(s), Tensor(s) * Tensor(s)); });
  program.submit();
  program.wait();
  volatile float small = 1e-20f;
  CHECK(s->values() == std::vector<float>{0, 1e-15f * 1e-15f});
  CHECK(small * small > 0);
}

TEST_CASE("program: two states exchanged in one step really are exchanged") {
  if (!test::have_device()) return;
  const auto a = state({1, 2}), b = state({3, 4});
  Program program = program_of([&](Trace&) {
    const Tensor old_a = Tensor(a) + 0.0, old_b = Tensor(b) + 0.0;
    assign(Tensor(a), old_b);
    assign(Tensor(b), old_a);
  });
  program.submit();
  program.wait();
  CHECK(a->values() == std::vector<float>{3, 4});
  CHECK(b->values() == std::vector<float>{1, 2});
}

TEST_CASE(
    "program: what was read before an assign keeps the old value, what follows sees the new") {
  if (!test::have_device()) return;
  const auto s = state({5});
  Program program = program_of([&](Trace& trace) {
    const Tensor before = Tensor(s) * 10.0;
    assign(Tensor(s), Tensor(s) + 1.0);
    const Tensor after = Tensor(s) * 10.0;
    trace.graph().outputs = {trace.resolve(before), trace.resolve(after), trace.resolve(Tensor(s))};
  });
  program.submit();
  CHECK(program.output(0) == std::vector<float>{50});
  CHECK(program.output(1) == std::vector<float>{60});
  CHECK(program.output(2) == std::vector<float>{6});
}

TEST_CASE("program: the old value of a state can be returned although it is overwritten") {
  if (!test::have_device()) return;
  const auto s = state({5, 6});
  Program program = program_of([&](Trace& trace) {
    const NodeId old = trace.resolve(Tensor(s));
    assign(Tensor(s), Tensor(s) * 2.0);
    trace.graph().outputs = {old};
  });
  program.submit();
  CHECK(program.output(0) == std::vector<float>{5, 6});
  CHECK(s->values() == std::vector<float>{10, 12});
}

TEST_CASE("program: packed values lie side by side with zeros between, also when shared") {
  if (!test::have_device()) return;
  Program program = program_of([&](Trace& trace) {
    const Tensor x = trace.input("x", {{3}, DType::f32});
    const Tensor y = exp(x);
    const Tensor pack = record(pack_op, {y, x, y + 1.0});
    trace.graph().outputs = {trace.resolve(pack), trace.resolve(y), trace.resolve(sum(pack))};
  });
  const std::vector<float> zeros{0, 0, 0};
  program.set_input(0, std::as_bytes(std::span(zeros)));
  program.submit(2);
  std::vector<float> expected(192, 0.0f);
  for (int i = 0; i < 3; ++i) expected[i] = 1, expected[128 + i] = 2;
  CHECK(program.output(0) == expected);
  CHECK(program.output(1) == std::vector<float>{1, 1, 1});
  CHECK(program.output(2) == std::vector<float>{9});
}

// A small network's step: everything the executor has to get right at once.
std::vector<float> train_a_little(ExecOptions options, PlanStats* stats = nullptr) {
  const auto w = state(std::vector<float>(12, 0.25f));
  const auto b = state({0.5f, -0.5f, 0, 1});
  w->set_values(std::vector<float>{.1f, .2f, .3f, .4f, -.5f, .6f, -.7f, .8f, .9f, -1, 1.1f, -1.2f});
  Program program = program_of(
      [&](Trace& trace) {
        const Tensor x = trace.input("x", {{5, 3}, DType::f32});
        const Tensor weight = reshape(Tensor(w), {3, 4});
        const Tensor y = tanh(relu(matmul(x, weight) + Tensor(b)) * 0.5);
        const Tensor loss = mean(square(y - 0.3)) + sum(exp(y)) * 0.01;
        const std::vector<Tensor> parameters{Tensor(w), Tensor(b)};
        const auto gradients = grad(loss, parameters);
        assign(Tensor(w), Tensor(w) - 0.1 * gradients[0]);
        assign(Tensor(b), Tensor(b) - 0.1 * gradients[1]);
        trace.graph().outputs = {trace.resolve(loss)};
      },
      options);
  std::vector<float> x(15);
  for (int i = 0; i < 15; ++i) x[i] = 0.3f * static_cast<float>(i % 7) - 0.8f;
  program.set_input(0, std::as_bytes(std::span(x)));
  program.submit(20);
  std::vector<float> all = w->values();
  const auto bias = b->values(), loss = program.output(0);
  all.insert(all.end(), bias.begin(), bias.end());
  all.push_back(loss[0]);
  if (stats) *stats = program.stats();
  return all;
}

TEST_CASE("program: every off switch gives the same bits") {
  if (!test::have_device()) return;
  PlanStats all_on, no_pointwise;
  const auto expected = train_a_little({}, &all_on);
  CHECK(train_a_little({.simplify = false}) == expected);
  CHECK(train_a_little({.epilogues = false}) == expected);
  CHECK(train_a_little({.companions = false}) == expected);
  CHECK(train_a_little({.alias = false}) == expected);
  CHECK(train_a_little({.waves = false}) == expected);
  CHECK(train_a_little({.replay = false}) == expected);
  CHECK(train_a_little({.pointwise = false}, &no_pointwise) == expected);
  CHECK(all_on.dispatches < no_pointwise.dispatches);
  CHECK(all_on.fallbacks == 0);
}

TEST_CASE("program: a step cut into several submissions gives the same bits") {
  if (!test::have_device()) return;
  const auto whole = train_a_little({});
  CHECK(train_a_little({.segment_work = 1}) == whole);
  Program program = program_of(
      [&](Trace& trace) {
        const Tensor x = trace.input("x", {{64}, DType::f32});
        trace.graph().outputs = {trace.resolve(sum(exp(x) * sum(x)))};
      },
      {.segment_work = 1});
  CHECK(program.segments() == program.stats().waves);
}

TEST_CASE("program: two runs give the same bits") {
  if (!test::have_device()) return;
  CHECK(train_a_little({}) == train_a_little({}));
}

TEST_CASE("program: an input of the wrong size names the input and both sizes") {
  if (!test::have_device()) return;
  Program program = program_of([&](Trace& trace) {
    trace.graph().outputs = {trace.resolve(exp(trace.input("pixels", {{4}, DType::f32})))};
  });
  const std::vector<float> three(3);
  CHECK_THROWS_WITH_AS(program.set_input(0, std::as_bytes(std::span(three))),
                       doctest::Contains("pixels is [4] of f32, 16 bytes; 12 were given"), Error);
}

TEST_CASE("compile: traced once for each shape, and a result read too late is an error") {
  if (!test::have_device()) return;
  int traces = 0;
  auto twice = compile([&](Tensor x) {
    ++traces;
    return x * 2.0;
  });
  const std::vector<float> a{1, 2}, b{3, 4, 5};
  CHECK(twice(Feed(Shape{2}, a)).values() == std::vector<float>{2, 4});
  const Result kept = twice(Feed(Shape{2}, a));
  CHECK(twice(Feed(Shape{3}, b)).values() == std::vector<float>{6, 8, 10});
  CHECK(kept.values() == std::vector<float>{2, 4});  // another shape, another program
  twice(Feed(Shape{2}, a));
  CHECK(traces == 2);
  CHECK_THROWS_WITH_AS(kept.values(), doctest::Contains("read it before"), Error);
}

TEST_CASE("trace: a tensor of another function is refused, and so is an op outside of any") {
  if (!test::have_device()) return;
  Tensor escaped;
  auto first = compile([&](Tensor x) {
    escaped = exp(x);
    return escaped;
  });
  const std::vector<float> one{1};
  first(Feed(Shape{1}, one));
  auto second = compile([&](Tensor x) { return x + escaped; });
  CHECK_THROWS_WITH_AS(second(Feed(Shape{1}, one)), doctest::Contains("another compiled function"),
                       Error);
  CHECK_THROWS_WITH_AS(exp(escaped), doctest::Contains("compile("), Error);
}

}  // namespace
}  // namespace lemnos
