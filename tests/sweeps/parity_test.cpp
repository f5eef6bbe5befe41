// SPDX-License-Identifier: Apache-2.0
// Every kernel against the reference, on the device in use, with one tolerance for all (op_def.h):
// |got - expected| <= 2^-24 (ulp + 2 sqrt(terms)) scale. Below 2^-126, the smallest normal number,
// a device may flush to zero.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/session.h"
#include "tests/skip.h"
#include "tests/sweeps/cases.h"
#include "tests/values.h"

namespace lemnos::test {
namespace {

struct Run {
  Graph graph;
  std::vector<Values> inputs;
};

Run recorded(const Case& test_case) {
  Trace trace;
  const std::vector<Operand> operands = declare_inputs(trace, test_case.sample);
  for (const Tensor& result : record_results(test_case, operands))
    trace.graph().outputs.push_back(result.node());
  Run run{trace.graph(), {}};
  for (const SampleInput& input : test_case.sample.inputs)
    run.inputs.push_back(draw(input, static_cast<std::uint32_t>(run.inputs.size())));
  return run;
}

std::vector<Values> on_device(const Run& run, ExecOptions options) {
  Program program("parity", run.graph, device(), options);
  for (std::uint32_t i = 0; i < run.inputs.size(); ++i)
    program.set_input(i, bytes_of(run.inputs[i], run.graph.inputs[i].type.dtype));
  program.submit();
  std::vector<Values> results;
  for (std::uint32_t i = 0; i < run.graph.outputs.size(); ++i)
    results.push_back(output_of(program, i));
  return results;
}

// What errors are relative to, by element of the op's value.
Values scale_of(const Case& test_case, const Run& run, const std::vector<Values>& expected) {
  const OpDef& op = *test_case.op;
  Values scale(static_cast<std::size_t>(problem_of(test_case).out().elements()));
  const auto ranges = result_ranges(test_case);
  for (std::size_t i = 0; i < ranges.size(); ++i)
    std::ranges::copy(expected[i], scale.begin() + static_cast<std::ptrdiff_t>(ranges[i].first));
  if (op.magnitude != nullptr) {
    op.magnitude(problem_of(test_case), run.inputs, scale);
  } else if (op.scale == Scale::inputs) {
    std::vector<Values> inputs = run.inputs;
    for (Values& values : inputs)
      for (double& value : values) value = std::abs(value);
    op.reference(problem_of(test_case), inputs, scale);
  }
  return scale;
}

// The largest error in units of what is allowed: above 1 fails.
double worst_error(const Case& test_case, const Values& got, const Values& expected,
                   std::span<const double> scale) {
  const OpDef& op = *test_case.op;
  const double terms = op.terms != nullptr ? op.terms(problem_of(test_case)) : 1;
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i]))) continue;
    const double error = std::abs(got[i] - expected[i]);
    const double allowed = op.scale == Scale::exact && op.magnitude == nullptr
                               ? 0
                               : 0x1p-24 * (op.ulp + 2 * std::sqrt(terms)) * std::abs(scale[i]);
    worst = std::max(worst, std::isfinite(error) ? error / (allowed + 0x1p-126) : INFINITY);
  }
  return worst;
}

void sweep(ExecOptions options) {
  if (!have_device()) return;
  int compared = 0;
  double worst = 0;
  std::string worst_name;
  for (const Case& test_case : all_cases()) {
    CAPTURE(test_case.name);
    const Run run = recorded(test_case);
    const std::vector<Values> expected = evaluate(run.graph, run.inputs);
    const std::vector<Values> got = on_device(run, options);
    const Values scale = scale_of(test_case, run, expected);
    const auto ranges = result_ranges(test_case);
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      CAPTURE(i);
      REQUIRE(got[i].size() == expected[i].size());
      const double error = worst_error(test_case, got[i], expected[i],
                                       std::span(scale).subspan(ranges[i].first, ranges[i].second));
      CHECK(error <= 1);
      if (error > worst) worst_name = test_case.name;
      worst = std::max(worst, error);
    }
    ++compared;
  }
  CHECK(compared > 0);
  MESSAGE(compared << " cases, worst error " << worst << " of what is allowed: " << worst_name);
}

}  // namespace

TEST_CASE("parity: every op's own kernel agrees with the reference") {
  sweep({.simplify = false, .epilogues = false, .pointwise = false});
}

TEST_CASE("parity: every op agrees with the reference with all passes on") { sweep({}); }

}  // namespace lemnos::test
