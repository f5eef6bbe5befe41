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
#include "runtime/base/os.h"
#include "runtime/exec/reference.h"
#include "tests/skip.h"
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
                                       std::span<const Tensor> results,
                                       std::span<const Tensor> weights) {
  std::vector<Tensor> inputs;
  for (const Operand& operand : operands) inputs.push_back(operand.tensor());
  const auto gradients = test_case.op->gradient({.inputs = inputs,
                                                 .result = results[0],
                                                 .dresult = weights[0],
                                                 .attrs = test_case.sample.attrs,
                                                 .parts = results,
                                                 .dparts = weights});
  std::vector<bool> result;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    result.push_back(bool(gradients[i]) && inputs[i].dtype() == DType::f32);
  return result;
}

// The loss depends on one result, or (`only` being none) on all that callers see.
constexpr std::size_t all_results = ~std::size_t{0};

Differentiated differentiate(const Case& test_case, std::size_t only) {
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
  const std::vector<Tensor> results = record_results(test_case, operands);
  std::vector<Tensor> weights(results.size());
  Tensor total;
  for (std::size_t i = 0; i < results.size() - test_case.op->saved_parts; ++i) {
    if (only != all_results && only != i) continue;
    weights[i] = trace.input("w", {results[i].shape(), DType::f32});
    made.inputs.push_back(draw({.shape = results[i].shape()}, static_cast<std::uint32_t>(99 + i)));
    const Tensor term = sum(results[i] * weights[i]);
    total = total ? total + term : term;
  }
  const Tensor loss = -1.75 * total;
  trace.graph().outputs = {loss.node()};
  made.forward = trace.graph();
  made.differentiable = which_differentiable(test_case, operands, results, weights);
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

// The errors of all inputs' gradients, one by one.
std::vector<double> gradient_errors(const Case& test_case, std::size_t only) {
  const Differentiated d = differentiate(test_case, only);
  const std::vector<Values> gradients = evaluate(d.backward, d.inputs);
  std::vector<double> errors;
  for (std::size_t i = 0; i < d.differentiable.size(); ++i)
    if (d.differentiable[i]) errors.push_back(gradient_error(d, i, gradients[i]));
  return errors;
}

}  // namespace

TEST_CASE("gradients: every rule agrees with finite differences in the middle of a graph") {
  int compared = 0;
  double worst = 0;
  for (const Case& test_case : all_cases()) {
    const OpDef& op = *test_case.op;
    if (op.gradient == nullptr || !test_case.sample.gradient ||
        problem_of(test_case).result.dtype != DType::f32)
      continue;
    CAPTURE(test_case.name);
    // A loss may depend on one result of several, or on all of them.
    std::vector<std::size_t> uses{all_results};
    const std::size_t results = result_ranges(test_case).size() - op.saved_parts;
    for (std::size_t i = 0; results > 1 && i < results; ++i) uses.push_back(i);
    for (const std::size_t use : uses)
      for (const double error : gradient_errors(test_case, use)) {
        CAPTURE(use);
        CHECK(error < tolerance);
        worst = std::max(worst, error);
        ++compared;
      }
  }
  if (compared == 0 && os::env("LEMNOS_SWEEP")) return skip("this op has no gradient");
  CHECK(compared > 0);
  MESSAGE(compared << " gradients, worst relative error " << worst);
}

}  // namespace lemnos::test
