// SPDX-License-Identifier: Apache-2.0
// A test program fails when the Vulkan validation layer said anything that no test expected.
#pragma once

#include <cstdint>

namespace lemnos::test {

// A test that breaks the rules on purpose says how many messages it drew.
void expect_validation_messages(std::uint64_t count);

}  // namespace lemnos::test
