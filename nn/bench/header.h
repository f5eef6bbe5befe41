// SPDX-License-Identifier: Apache-2.0
// With what a result was measured: this build, a device, this computer.
#pragma once

#include "nn/bench/result.h"
#include "runtime/gpu/caps.h"

namespace lemnos::bench {

Header header_of(const gpu::Caps& caps);

}  // namespace lemnos::bench
