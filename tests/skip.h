// SPDX-License-Identifier: Apache-2.0
// if (!device) return skip("no Vulkan device");
//
// A test that cannot run here says why and is reported as skipped, never as passed; one that also
// fails is reported as failed.
#pragma once

#include <string_view>

namespace lemnos::test {

void skip(std::string_view reason);

// if (!have_device()) return;    (skip()s with the driver's own reason)
bool have_device();

}  // namespace lemnos::test
