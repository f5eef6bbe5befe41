// SPDX-License-Identifier: Apache-2.0
// Every gradient rule against finite differences, both in double. The op stands in the middle of a
// graph (its operands are 2 p, its result is weighted) and the loss has a coefficient other than 1:
// a rule that forgets what comes from behind cannot pass.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/autodiff/backward.h"
#include "runtime/exec/reference.h"
#include "tests/sweeps/cases.h"

namespace lemnos::test {
namespace {

constexpr double tolerance = 1e-6;         // relative
constexpr double step = 1e-4;              // of the finite differences
constexpr std::size_t most_elements = 48;  // of an input, that are perturbed

struct Differentiated {
  Graph forward, backward;
  std::vector<Values> inputs;
  std::vector<bool> differentiable;  // has the op a gradient for input i?
};

std::vector<bool> which_differentiable(const Case& test_case, std::span<const Operand> operands,
                                       const Tensor& y, const Tensor& weights) {
  std::vector<Tensor> inputs;
  for (const Operand& operand : operands) inputs.push_back(operand.tensor());
  const auto gradients = test_case.op->gradient(
      {.inputs = inputs, .result = y, .dresult = weights, .attrs = test_case.sample.attrs});
  std::vector<bool> result;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    result.push_back(bool(gradients[i]) && inputs[i].dtype() == DType::f32);
  return result;
}

Differentiated differentiate(const Case& test_case) {
  Trace trace;
  std::vector<Operand> operands;
  std::vector<Tensor> leaves;
  Differentiated made;
  for (const SampleInput& input : test_case.sample.inputs) {
    const bool real = input.dtype == DType::f32;
    made.inputs.push_back(draw(input, static_cast<std::uint32_t>(leaves.size())));
    if (real)
      for (double& value : made.inputs.back()) value /= 2;  // exactly
    leaves.push_back(trace.input("p", {input.shape, input.dtype}));
    operands.emplace_back(real ? 2.0 * leaves.back() : leaves.back());
  }
  const Tensor y = record(*test_case.op, operands, test_case.sample.attrs);
  const Tensor weights = trace.input("w", {y.shape(), DType::f32});
  made.inputs.push_back(draw({.shape = y.shape()}, 99));
  const Tensor loss = -1.75 * sum(y * weights);
  trace.graph().outputs = {loss.node()};
  made.forward = trace.graph();
  made.differentiable = which_differentiable(test_case, operands, y, weights);
  trace.graph().outputs.clear();
  for (const Tensor& gradient : grad(loss, leaves))
    trace.graph().outputs.push_back(gradient.node());
  made.backward = trace.graph();
  return made;
}

// d loss / d inputs[i][k], by the five-point rule, whose error is of order step^4.
double finite_difference(const Differentiated& d, std::vector<Values>& inputs, std::size_t i,
                         std::size_t k) {
  const double original = inputs[i][k];
  const auto loss = [&](double shift) {
    inputs[i][k] = original + shift;
    return evaluate(d.forward, inputs)[0][0];
  };
  const double near = loss(step) - loss(-step), far = loss(2 * step) - loss(-2 * step);
  inputs[i][k] = original;
  return (8 * near - far) / (12 * step);
}

// The largest error of input i's gradient, relative to its largest element.
double gradient_error(const Differentiated& d, std::size_t i, const Values& gradient) {
  std::vector<Values> inputs = d.inputs;
  double worst = 0, scale = 1e-3;
  const std::size_t stride = std::max<std::size_t>(1, inputs[i].size() / most_elements);
  for (std::size_t k = 0; k < inputs[i].size(); k += stride) {
    const double expected = finite_difference(d, inputs, i, k);
    const double error = std::abs(gradient[k] - expected);
    worst = std::isfinite(error) ? std::max(worst, error) : INFINITY;
    scale = std::max(scale, std::abs(expected));
  }
  return worst / scale;
}

}  // namespace

TEST_CASE("gradients: every rule agrees with finite differences in the middle of a graph") {
  int compared = 0;
  double worst = 0;
  for (const Case& test_case : all_cases()) {
    if (test_case.op->gradient == nullptr || !test_case.sample.gradient ||
        problem_of(test_case).result.dtype != DType::f32)
      continue;
    CAPTURE(test_case.name);
    const Differentiated d = differentiate(test_case);
    const std::vector<Values> gradients = evaluate(d.backward, d.inputs);
    for (std::size_t i = 0; i < d.differentiable.size(); ++i) {
      if (!d.differentiable[i]) continue;
      CAPTURE(i);
      const double error = gradient_error(d, i, gradients[i]);
      CHECK(error < tolerance);
      worst = std::max(worst, error);
      ++compared;
    }
  }
  CHECK(compared > 0);
  MESSAGE(compared << " gradients, worst relative error " << worst);
}

}  // namespace lemnos::test
