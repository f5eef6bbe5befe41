// SPDX-License-Identifier: Apache-2.0
#include "tests/nn/golden_curve.h"

#include <doctest/doctest.h>

#include <cmath>

#include "data/datasets/mnist.h"
#include "nn/optim/adam.h"
#include "runtime/autodiff/backward.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/session.h"
#include "tests/skip.h"
#include "tests/values.h"

namespace lemnos::test {
namespace {

// Streams are numbered as the parameters are.
std::vector<float> initial_values(const nlohmann::json& described, std::int64_t count) {
  const auto bound = static_cast<float>(1 / std::sqrt(described.at("fan_in").get<double>()));
  std::vector<float> values = golden_values(described.at("stream"), count, bound);
  const float shift = described.value("shift", 0.0f);
  if (shift != 0)
    for (float& value : values) value += shift;
  return values;
}

void set_weights(const std::vector<Parameter>& all, const nlohmann::json& golden) {
  const std::vector<Parameter> parameters = optim::Parameters(all).list;
  REQUIRE(parameters.size() == golden.at("parameters").size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& [own_name, tensor, trained] = parameters[i];
    const auto& described = golden.at("parameters")[i];
    const std::string name = own_name + " = " + described.at("name").get<std::string>();
    CAPTURE(name);
    const std::vector<std::int64_t> sizes = described.at("shape");
    REQUIRE(tensor.shape() == Shape(std::span(sizes)));
    const auto values = initial_values(described, tensor.elements());
    const std::vector<float> first = described.at("first");
    for (std::size_t k = 0; k < first.size(); ++k) REQUIRE(values[k] == first[k]);
    tensor.state()->set_values(values);
  }
}

}  // namespace

void check_first_loss(const Curve& curve, const nlohmann::json& golden) {
  set_weights(curve.parameters, golden);
  Trace trace;
  trace.graph().outputs = {curve.loss(trace).node()};
  std::vector<Values> values;
  for (const Bytes& bytes : curve.inputs(0))
    values.push_back(values_of(bytes, trace.graph().inputs[values.size()].type.dtype));
  const double loss = evaluate(trace.graph(), values)[0][0];
  CHECK(loss == doctest::Approx(golden.at("float64")[0].get<double>()).epsilon(1e-9));
}

void check_curve(const Curve& curve, const nlohmann::json& golden) {
  if (!have_device()) return;
  set_weights(curve.parameters, golden);
  std::vector<Tensor> parameters;
  for (const Parameter& each : optim::Parameters(curve.parameters).list)
    parameters.push_back(each.tensor);
  optim::Adam adam{parameters, {.lr = 1e-3}};
  Trace trace;
  const Tensor loss = curve.loss(trace);
  adam.step(grad(loss, parameters), {.loss = loss});
  trace.graph().outputs = {loss.node()};
  Program program(curve.name, trace.graph(), device());

  double worst = 0;
  for (std::size_t step = 0; step < golden.at("float64").size(); ++step) {
    const auto inputs = curve.inputs(step);
    for (std::uint32_t i = 0; i < inputs.size(); ++i) program.set_input(i, inputs[i]);
    program.submit();
    const double expected = golden.at("float64")[step];
    const double distance = std::abs(program.output(0)[0] - expected) / expected;
    CAPTURE(step);
    CHECK(distance <= golden.at("bound")[step].get<double>());
    worst = std::max(worst, distance);
  }
  MESSAGE(curve.name << ": largest relative distance " << worst << ", allowed at the end "
                     << golden.at("bound").back());
}

std::optional<data::Dataset> fashion_mnist_or_skip() {
  try {
    return data::fashion_mnist();
  } catch (const Error& error) {
    skip(error.what());
    return std::nullopt;
  }
}

}  // namespace lemnos::test
