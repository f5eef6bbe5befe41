// SPDX-License-Identifier: Apache-2.0
#include "nn/chrome_trace.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace lemnos {
namespace {

TEST_CASE("chrome trace: its events are the dispatches, and their durations sum to the step") {
  StepProfile profile{.name = "step \"1\"", .device = "gpu", .waves = 2};
  for (int i = 0; i < 4; ++i)
    profile.dispatches.push_back({.label = "matmul [2, 3]  a\\b.cpp:1",
                                  .op = "matmul",
                                  .kernel = "matmul_tile",
                                  .wave = i < 3 ? 0u : 1u,
                                  .begin = i * 0.25,
                                  .end = (i + 1) * 0.25,
                                  .bytes = 64,
                                  .flops = 36});
  const auto events = nlohmann::json::parse(chrome_trace(profile)).at("traceEvents");
  double dispatches = 0, waves = 0;
  int count = 0;
  for (const auto& event : events) {
    if (event.at("ph") != "X") continue;
    CHECK(event.at("ts").get<double>() >= 0);
    (event.at("cat") == "wave" ? waves : dispatches) += event.at("dur").get<double>();
    if (event.at("cat") == "wave") continue;
    ++count;
    CHECK(event.at("name") == "matmul");
    CHECK(event.at("args").at("label") == "matmul [2, 3]  a\\b.cpp:1");
    CHECK(event.at("args").at("bytes") == 64);
    CHECK(event.at("args").at("flops") == 36);
  }
  CHECK(count == 4);
  CHECK(dispatches == doctest::Approx(profile.seconds() * 1e6));
  CHECK(waves == doctest::Approx(profile.seconds() * 1e6));
}

TEST_CASE("chrome trace: a profile of nothing, and names that are not UTF-8, are valid JSON") {
  CHECK(nlohmann::json::parse(chrome_trace({})).at("traceEvents").size() == 3);
  StepProfile odd;
  odd.dispatches.push_back({.label = "\xff", .op = "\xff"});
  CHECK(nlohmann::json::parse(chrome_trace(odd)).at("traceEvents").size() == 5);
}

}  // namespace
}  // namespace lemnos
