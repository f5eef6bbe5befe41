// SPDX-License-Identifier: Apache-2.0
// Every way that an op knows to compute a problem, against the reference: what the tuner chooses
// among (runtime/exec/tuner.h).
#include <doctest/doctest.h>

#include "runtime/doctor/parity.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/choices.h"
#include "runtime/exec/ladder.h"
#include "runtime/passes/units.h"
#include "tests/skip.h"
#include "tests/sweeps/cases.h"

namespace lemnos::test {

TEST_CASE("choices: each gives the reference's results, in registers and by tiles of GPUs") {
  if (!have_device()) return;
  constexpr double quick = 2e7;  // operations: larger samples take seconds each
  for (const Case& each : all_cases()) {
    const Problem problem = problem_of(each);
    if (problem.op->choices == nullptr || flops_of(problem) > quick) continue;
    const Question question = ask(each);
    std::optional<Solution> solution;
    for (const std::uint32_t rung : {0u, 2u}) {
      const gpu::Caps caps = ladder()[rung].mask(device()->caps());
      for (std::uint32_t choice = 1; choice < problem.op->choices(problem, caps); ++choice) {
        CAPTURE(each.name);
        CAPTURE(ladder()[rung].name);
        CAPTURE(choice);
        Choices choices;
        choices.set(problem, choice);
        if (!solution) solution = solve(question);
        const auto got = answer(question, device(), {.rung = rung, .choices = &choices});
        CHECK(deviation(question, *solution, got).share <= 1);
      }
    }
  }
}

}  // namespace lemnos::test
