// SPDX-License-Identifier: Apache-2.0
// An op is only as well tested as its samples are chosen.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/sweeps/cases.h"

namespace lemnos::test {
namespace {

bool is_prime(std::int64_t n) {
  for (std::int64_t d = 2; d * d <= n; ++d)
    if (n % d == 0) return false;
  return n > 1;
}

struct Coverage {
  bool single = false;     // a size of 1, or a scalar
  bool prime = false;      // a size that no tile divides
  bool broadcast = false;  // operands of different shapes
  bool reduces = false;    // many elements become one
  bool long_sum = false;   // more than 65,536 of them: lavapipe's loop limit
};

void add(Coverage& coverage, const Case& test_case) {
  const Problem problem = problem_of(test_case);
  std::vector<TensorType> types = problem.inputs;
  types.push_back(problem.result);
  for (const TensorType& type : types) {
    coverage.single = coverage.single || type.shape.elements() == 1;
    for (const std::int64_t size : type.shape) {
      coverage.single = coverage.single || size == 1;
      coverage.prime = coverage.prime || (size >= 5 && is_prime(size));
    }
    coverage.broadcast = coverage.broadcast || !(type.shape == types[0].shape);
  }
  const double terms = test_case.op->terms ? test_case.op->terms(problem) : 1;
  coverage.reduces = coverage.reduces || terms > 1;
  coverage.long_sum = coverage.long_sum || terms > 65536;
}

Coverage coverage_of(const OpDef& op) {
  Coverage coverage;
  for (const Case& test_case : all_cases())
    if (test_case.op == &op) add(coverage, test_case);
  return coverage;
}

}  // namespace

TEST_CASE("samples: every op has a size of 1, a prime, a broadcast and a long sum") {
  for (const OpDef* op : all_ops()) {
    if (op->kind == Kind::leaf || !is_swept(*op)) continue;
    const std::string name(op->name);
    CAPTURE(name);
    const bool has_samples = op->samples != nullptr;
    REQUIRE(has_samples);
    REQUIRE(!op->samples().empty());
    const Coverage coverage = coverage_of(*op);
    // Runtime's own have no kernel, or only count the step.
    if (op->kind == Kind::view || op->kind == Kind::pack || op->mutates != 0) continue;
    CHECK(coverage.single);
    CHECK(coverage.prime);
    if (op->kind == Kind::pointwise && op->samples()[0].inputs.size() > 1)
      CHECK(coverage.broadcast);
    if (coverage.reduces) CHECK(coverage.long_sum);
  }
}

TEST_CASE("samples: every op is in the list once, under a name of its own") {
  std::vector<std::string_view> names;
  for (const OpDef* op : all_ops()) names.push_back(op->name);
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

}  // namespace lemnos::test
