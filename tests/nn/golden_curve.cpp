// SPDX-License-Identifier: Apache-2.0
#include "tests/nn/golden_curve.h"

#include <doctest/doctest.h>

#include <cmath>

#include "data/datasets/mnist.h"
#include "nn/optim/adam.h"
#include "runtime/autodiff/backward.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/values.h"
#include "tests/skip.h"

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

std::vector<Parameter> of_part(std::vector<Parameter> parameters, const std::string& part) {
  std::erase_if(parameters, [&](const Parameter& each) { return !each.name.starts_with(part); });
  return parameters;
}

}  // namespace

void check_first_loss(const Curve& curve, const nlohmann::json& golden) {
  set_weights(curve.parameters, golden);
  Trace trace;
  NodeId first = 0;
  curve.step(trace, [&](std::size_t part, const Tensor& loss) {
    if (part == 0) first = loss.node();
  });
  trace.graph().outputs = {first};
  std::vector<Values> values;
  for (const Bytes& bytes : curve.inputs(0))
    values.push_back(values_of(bytes, trace.graph().inputs[values.size()].type.dtype));
  const double loss = evaluate(trace.graph(), values)[0][0];
  CHECK(loss == doctest::Approx(golden.at("float64")[0].get<double>()).epsilon(1e-9));
}

void check_curve(const Curve& curve, const nlohmann::json& golden) {
  if (!have_device()) return;
  set_weights(curve.parameters, golden);
  std::vector<std::unique_ptr<optim::Adam>> adams;
  for (const std::string& part : curve.parts)
    adams.push_back(std::make_unique<optim::Adam>(of_part(curve.parameters, part),
                                                  optim::AdamOptions{.lr = 1e-3}));
  Trace trace;
  curve.step(trace, [&](std::size_t part, const Tensor& loss) {
    std::vector<Tensor> parameters;
    for (const Parameter& each : adams[part]->parameters()) parameters.push_back(each.tensor);
    adams[part]->step(grad(loss, parameters), {.loss = loss});
    trace.graph().outputs.push_back(loss.node());
  });
  Program program(curve.name, trace.graph(), device());

  double worst = 0;
  const std::size_t losses = adams.size();  // of a step
  for (std::size_t step = 0; step * losses < golden.at("float64").size(); ++step) {
    const auto inputs = curve.inputs(step);
    for (std::uint32_t i = 0; i < inputs.size(); ++i) program.set_input(i, inputs[i]);
    program.submit();
    CAPTURE(step);
    for (std::size_t i = 0; i < losses; ++i) {
      const double expected = golden.at("float64")[step * losses + i];
      const double loss = program.output(static_cast<std::uint32_t>(i))[0];
      const double distance = std::abs(loss - expected) / expected;
      CHECK(distance <= golden.at("bound")[step * losses + i].get<double>());
      worst = std::max(worst, distance);
    }
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
