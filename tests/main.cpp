// SPDX-License-Identifier: Apache-2.0
// The main function of every test program.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "runtime/base/error.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/instance.h"
#include "tests/skip.h"
#include "tests/validation.h"

namespace lemnos::test {
namespace {

constexpr int skipped_exit_code = 77;  // SKIP_RETURN_CODE in tests/CMakeLists.txt
bool skipped = false;
std::uint64_t expected_messages = 0;

// With LEMNOS_VALIDATION=1 nothing may be said by the validation layer, whatever the test is about,
// and that includes what it says of objects left when the device closes.
bool validation_is_silent() {
  use(nullptr);
  const std::uint64_t messages = gpu::Instance::validation_messages() - expected_messages;
  if (messages != 0)
    std::printf("FAILED: %llu messages of the Vulkan validation layer\n",
                static_cast<unsigned long long>(messages));
  return messages == 0;
}

}  // namespace

void skip(std::string_view reason) {
  skipped = true;
  std::printf("skipped: %.*s\n", static_cast<int>(reason.size()), reason.data());
}

bool have_device() {
  try {
    device();
    return true;
  } catch (const Error& error) {
    skip(error.what());
    return false;
  }
}

void expect_validation_messages(std::uint64_t count) { expected_messages += count; }

}  // namespace lemnos::test

int main(int argc, char** argv) {
  // Tests never touch the user's cache; what the caller set wins.
  ::setenv("LEMNOS_CACHE", LEMNOS_BINARY_DIR "/cache", 0);
  ::setenv("LEMNOS_DOCTOR", "off", 0);  // every kernel is tried, whatever was found here before
  const int result = doctest::Context(argc, argv).run();
  if (result != 0) return result;
  if (!lemnos::test::validation_is_silent()) return 1;
  return lemnos::test::skipped ? lemnos::test::skipped_exit_code : 0;
}
