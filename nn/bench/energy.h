// SPDX-License-Identifier: Apache-2.0
// What the processor has used, as Linux' RAPL counts it.
#pragma once

#include <optional>

namespace lemnos::bench {

// Joules since some time, of all packages together; nothing where they cannot be read, as in most
// virtual machines and without permission. The counters start again at about 260 kJ.
std::optional<double> joules_used();

}  // namespace lemnos::bench
