// SPDX-License-Identifier: Apache-2.0
// The main function of every test program.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

#include "tests/skip.h"

namespace lemnos::test {
namespace {

constexpr int skipped_exit_code = 77;  // SKIP_RETURN_CODE in tests/CMakeLists.txt
bool skipped = false;

}  // namespace

void skip(std::string_view reason) {
  skipped = true;
  std::printf("skipped: %.*s\n", static_cast<int>(reason.size()), reason.data());
}

}  // namespace lemnos::test

int main(int argc, char** argv) {
  // Tests never diagnose this machine nor touch its user's cache; what the caller set wins.
  ::setenv("LEMNOS_DOCTOR", "off", 0);
  ::setenv("LEMNOS_CACHE", LEMNOS_BINARY_DIR "/cache", 0);
  const int result = doctest::Context(argc, argv).run();
  return result == 0 && lemnos::test::skipped ? lemnos::test::skipped_exit_code : result;
}
