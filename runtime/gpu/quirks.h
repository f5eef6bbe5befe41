// SPDX-License-Identifier: Apache-2.0
// Driver workarounds: the one table of them, matched by driver and version.
#pragma once

#include "runtime/gpu/caps.h"

namespace lemnos::gpu {

// Sets the workaround fields of caps from its driver_id, driver_version and type.
void apply_quirks(Caps& caps);

}  // namespace lemnos::gpu
