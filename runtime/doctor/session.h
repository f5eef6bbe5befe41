// SPDX-License-Identifier: Apache-2.0
// The device that compiled functions run on.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/gpu/device.h"

namespace lemnos {

// For a program's first lines: where the device would be faster in a process with another
// environment (gpu::Caps::faster_with), and nobody has said anything of that variable, this process
// is started anew with it.
void start_at_best(const gpu::Caps& caps);
// gpu::Device::open(), and that.
std::shared_ptr<gpu::Device> open_at_best(std::string_view selector);

// From now on functions run on this device, with the kernels that are right there: at its first use
// with its driver they are tried (see runtime/doctor/doctor.h). States that already live on another
// device stay there, and a function that reads them fails.
void use(std::shared_ptr<gpu::Device> device);

// The device in use: the one given to use(), else the best there is, opened when first asked for.
const std::shared_ptr<gpu::Device>& device();

}  // namespace lemnos
