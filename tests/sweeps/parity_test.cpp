// SPDX-License-Identifier: Apache-2.0
// Every kernel against the reference, on the device in use: see runtime/doctor/parity.h.
#include <doctest/doctest.h>

#include "runtime/doctor/parity.h"
#include "runtime/doctor/session.h"
#include "tests/skip.h"
#include "tests/sweeps/cases.h"

namespace lemnos::test {
namespace {

void sweep(const ExecOptions& options, Regime regime = Regime::plain) {
  if (!have_device()) return;
  int compared = 0;
  Deviation worst;
  std::string worst_name;
  for (const Case& plain : all_cases()) {
    if (!allows(plain, regime)) continue;
    const Case test_case = with(plain, regime);
    CAPTURE(test_case.name);
    const Question question = ask(test_case);
    const Deviation error =
        deviation(question, solve(question), answer(question, device(), options));
    CHECK(error.share <= 1);
    if (error.share > worst.share) worst_name = test_case.name;
    worst.share = std::max(worst.share, error.share);
    worst.ulp = std::max(worst.ulp, error.ulp);
    ++compared;
  }
  CHECK(compared > 0);
  MESSAGE(compared << " cases, worst error " << worst.share << " of what is allowed (" << worst.ulp
                   << " ulp): " << worst_name);
}

constexpr ExecOptions own_kernels{.simplify = false, .epilogues = false, .pointwise = false};

}  // namespace

TEST_CASE("parity: every op's own kernel agrees with the reference") { sweep(own_kernels); }

TEST_CASE("parity: every op agrees with the reference with all passes on") { sweep({}); }

TEST_CASE("parity: denormal inputs give the reference's results, or those of zeros") {
  sweep(own_kernels, Regime::tiny);
}

TEST_CASE("parity: huge inputs give the reference's results") { sweep(own_kernels, Regime::huge); }

TEST_CASE("parity: rows of -inf give the reference's results") {
  sweep(own_kernels, Regime::infinite);
}

TEST_CASE("parity: a NaN comes out where the reference says, and nowhere else") {
  sweep(own_kernels, Regime::not_a_number);
}

}  // namespace lemnos::test
