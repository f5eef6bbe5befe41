// SPDX-License-Identifier: Apache-2.0
// A program that starts itself anew.
#include <doctest/doctest.h>

#include <cstdlib>

#include "runtime/base/os.h"

namespace lemnos::test {

// This very test is the program: once to ask, once to restart, once as it was restarted.
TEST_CASE("os: a program starts itself anew, as it was started but with a variable more") {
  constexpr const char* variable = "LEMNOS_TEST_RESTART";
  constexpr int restarted = 42;
  const std::string stage = os::env(variable).value_or("ask");
  if (stage == "anew") std::_Exit(restarted);
  if (stage == "restart") {
    os::restart_with(variable, "anew");
    FAIL("it came back");
  }
  REQUIRE(setenv(variable, "restart", 1) == 0);
  os::Program program = os::start_program(
      os::own_program(), std::vector<std::string>{"-tc=os: a program starts itself anew*"});
  unsetenv(variable);
  std::optional<int> code;
  for (const double start = os::seconds(); !code && os::seconds() - start < 60;) {
    code = program.exit_code();
    os::sleep(0.01);
  }
  CHECK(code == restarted);
}

}  // namespace lemnos::test
