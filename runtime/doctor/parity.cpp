// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/parity.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/values.h"

namespace lemnos::doctor {
namespace {

constexpr double smallest_normal = 0x1p-126;

// The op's whole value on the inputs' absolute values, or what it says itself; else the results.
Values whole_scale(const Question& question, const std::vector<Values>& expected) {
  const Problem problem = problem_of(question.test_case);
  Values scale(static_cast<std::size_t>(problem.out().elements()));
  const auto ranges = result_ranges(question.test_case);
  for (std::size_t i = 0; i < ranges.size(); ++i)
    std::ranges::copy(expected[i], scale.begin() + static_cast<std::ptrdiff_t>(ranges[i].first));
  return error_scale(problem, question.inputs, std::move(scale));
}

std::vector<Values> flushed(const Question& question) {
  std::vector<Values> inputs = question.inputs;
  for (Values& values : inputs)
    for (double& value : values)
      if (std::abs(value) < smallest_normal) value = std::copysign(0.0, value);
  return evaluate(question.graph, inputs);
}

double last_place(double scale) {
  return std::ldexp(1.0, std::ilogb(std::max(std::abs(scale), smallest_normal)) - 23);
}

bool same(double got, double expected) {
  return got == expected || got == static_cast<double>(static_cast<float>(expected)) ||
         (std::isnan(got) && std::isnan(expected));
}

}  // namespace

Graph graph_of(const Case& test_case) {
  Trace trace;
  const std::vector<Operand> operands = declare_inputs(trace, test_case.sample);
  for (const Tensor& result : record_results(test_case, operands))
    trace.graph().outputs.push_back(result.node());
  return trace.graph();
}

Question ask(const Case& test_case) {
  return {test_case, graph_of(test_case), draw_inputs(test_case)};
}

Solution solve(const Question& question) {
  Solution solution;
  solution.expected = evaluate(question.graph, question.inputs);
  const Values scale = whole_scale(question, solution.expected);
  for (const auto& [first, count] : result_ranges(question.test_case)) {
    const auto part = std::span(scale).subspan(first, count);
    solution.scale.emplace_back(part.begin(), part.end());
  }
  if (question.test_case.regime != Regime::tiny) return solution;
  solution.slack = flushed(question);
  for (std::size_t i = 0; i < solution.slack.size(); ++i)
    for (std::size_t k = 0; k < solution.slack[i].size(); ++k) {
      double& slack = solution.slack[i][k];
      slack = std::abs(slack - solution.expected[i][k]);
      if (!std::isfinite(slack)) slack = std::nan("");
    }
  return solution;
}

std::vector<Values> answer(const Question& question, const std::shared_ptr<gpu::Device>& device,
                           const ExecOptions& options) {
  Program program("parity", question.graph, device, options);
  for (std::uint32_t i = 0; i < question.inputs.size(); ++i)
    program.set_input(i, bytes_of(question.inputs[i], question.graph.inputs[i].type.dtype));
  program.submit();
  std::vector<Values> results;
  for (std::uint32_t i = 0; i < question.graph.outputs.size(); ++i)
    results.push_back(output_of(program, i));
  return results;
}

Deviation deviation(const Question& question, const Solution& solution,
                    const std::vector<Values>& got) {
  const Problem problem = problem_of(question.test_case);
  const double terms = problem.op->terms != nullptr ? problem.op->terms(problem) : 1;
  const double relative = allowed_relative_error(problem);
  Deviation worst;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const Values& expected = solution.expected[i];
    check(got[i].size() == expected.size(), "{}: {} values where the reference has {}",
          question.test_case.name, got[i].size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
      if (same(got[i][k], expected[k])) continue;
      const double slack = solution.slack.empty() ? 0 : solution.slack[i][k];
      if (std::isnan(slack)) continue;
      const double error = std::abs(got[i][k] - expected[k]);
      const double scale = solution.scale[i][k];
      if (!std::isfinite(error)) return {INFINITY, INFINITY};
      const double flush = solution.slack.empty() ? smallest_normal : terms * smallest_normal;
      worst.share = std::max(worst.share, error / (relative * std::abs(scale) + slack + flush));
      if (std::isfinite(scale)) worst.ulp = std::max(worst.ulp, error / last_place(scale));
    }
  }
  return worst;
}

}  // namespace lemnos::doctor
