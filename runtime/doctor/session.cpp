// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/session.h"

#include <cstdlib>

#include "runtime/doctor/doctor.h"

namespace lemnos {
namespace {

std::shared_ptr<gpu::Device>& current() {
  static std::shared_ptr<gpu::Device> instance;
  return instance;
}

}  // namespace

void use(std::shared_ptr<gpu::Device> device) {
  if (device) doctor::qualify(*device);
  current() = std::move(device);
}

const std::shared_ptr<gpu::Device>& device() {
  if (!current()) {
    use(gpu::Device::open());
    // Before the driver, which was loaded just now, ends its own: SwiftShader crashes otherwise.
    static const int registered = std::atexit([] { current().reset(); });
    static_cast<void>(registered);
  }
  return current();
}

}  // namespace lemnos
