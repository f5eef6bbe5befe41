// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/schedule.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/compile.h"
#include "ops/shape/shape.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "tests/golden/golden.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

using Json = nlohmann::json;

optim::Schedule schedule_of(const Json& golden) {
  const Json& a = golden.at("attributes");
  const std::string kind = golden.at("kind");
  if (kind == "constant") return optim::constant({a.at("warmup")});
  if (kind == "step") return optim::step_decay(a.at("every"), a.at("gamma"), {a.at("warmup")});
  if (kind == "one_cycle") return optim::one_cycle(a.at("total"));
  return optim::cosine(a.at("total"), {a.at("floor"), a.at("warmup")});
}

// Factors at these updates: by the reference, in double, and on the device.
Values by_reference(const optim::Schedule& schedule, const Values& updates) {
  Trace trace;
  const auto count = static_cast<std::int64_t>(updates.size());
  const Tensor t = trace.input("t", {{count}, DType::f32});
  trace.graph().outputs = {broadcast_to(optim::factor_at(schedule, t), {count}).node()};
  return evaluate(trace.graph(), {{updates}})[0];
}

Values on_device(const optim::Schedule& schedule, const Values& updates) {
  auto factors =
      compile([&](Tensor t) { return broadcast_to(optim::factor_at(schedule, t), t.shape()); });
  const std::vector<float> t(updates.begin(), updates.end());
  const auto got = factors(Feed({static_cast<std::int64_t>(t.size())}, t)).values();
  return {got.begin(), got.end()};
}

// On the device as well, where there is one.
void check_factors(const optim::Schedule& schedule, const Values& updates, const Values& expected) {
  std::vector<Values> all{by_reference(schedule, updates)};
  if (have_device()) all.push_back(on_device(schedule, updates));
  for (const Values& got : all)
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(updates[i]);
      CHECK(std::abs(got[i] - expected[i]) <= 1e-6 * std::max(expected[i], 1e-3));
    }
}

Values counted(std::size_t last) {
  Values updates;
  for (std::size_t t = 1; t <= last; ++t) updates.push_back(static_cast<double>(t));
  return updates;
}

}  // namespace

TEST_CASE("schedules: the learning rates are PyTorch's") {
  const Json training = golden_file("training.json");
  for (const Json& golden : training.at("schedules")) {
    const std::string which = golden.at("kind").get<std::string>() + golden.at("attributes").dump();
    CAPTURE(which);
    const Values expected = golden.at("factors");
    check_factors(schedule_of(golden), counted(expected.size()), expected);
  }
}

TEST_CASE("schedules: after the end the last factor stays") {
  check_factors(optim::cosine(30, {.floor = 0.25}), {31, 1e6}, {0.25, 0.25});
  check_factors(optim::one_cycle(30), {31, 1e6}, {4e-6, 4e-6});
}

TEST_CASE("schedules: a step is taken at its update, whatever a division rounds to") {
  for (std::int64_t every = 1; every < 60; ++every) {
    CAPTURE(every);
    Values updates, expected;
    for (int step = 1; step < 20; ++step) {
      updates.push_back(static_cast<double>(step * every));
      expected.push_back(std::pow(0.5, step - 1));
      updates.push_back(static_cast<double>(step * every + 1));
      expected.push_back(std::pow(0.5, step));
    }
    check_factors(optim::step_decay(every, 0.5), updates, expected);
  }
}

TEST_CASE("schedules: numbers out of range are errors that say what is possible") {
  const auto error = [](auto make) -> std::string {
    try {
      make();
    } catch (const Error& caught) {
      return caught.what();
    }
    return "";
  };
  const auto says = [&](const char* text, auto make) {
    CHECK(error(make).find(text) != std::string::npos);
  };
  says("1 to 16777215 updates, not 0", [] { optim::cosine(0); });
  says("not 16777216", [] { optim::one_cycle(1 << 24); });
  says("2 to", [] { optim::one_cycle(1); });
  says("a warm-up of 10 updates leaves none of 10", [] { optim::cosine(10, {.warmup = 10}); });
  says("0 to 1, not 1.5", [] { optim::cosine(10, {.floor = 1.5}); });
  says("above 0 and at most 1, not 0", [] { optim::step_decay(10, 0); });
  says("above 0 and at most 1, not nan", [] { optim::step_decay(10, std::nan("")); });
  says("the warm-up must be 0", [] { optim::constant({-1}); });
}

}  // namespace lemnos::test
