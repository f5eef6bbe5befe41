// SPDX-License-Identifier: Apache-2.0
// The doctor: whether the kernels are right on the user's own driver.
#pragma once

#include "runtime/doctor/examination.h"
#include "runtime/gpu/device.h"

namespace lemnos::doctor {

// Tries the kernels of the device with these caps and keeps what was found. In another process
// where the lemnos program is found (see child_program), so that a driver's crash is survived.
Examination examine(const gpu::Caps& caps, Scope scope);

// What was found before, unless LEMNOS_DOCTOR=off; nullopt: nothing yet.
std::optional<Examination> known(const gpu::Caps& caps);

// Quarantines on the device what is known to be wrong on its driver. Where nothing is known yet it
// is found out first, which takes seconds and is said. LEMNOS_DOCTOR=off: nothing at all.
void qualify(gpu::Device& device);

}  // namespace lemnos::doctor
