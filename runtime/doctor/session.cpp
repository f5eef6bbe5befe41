// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/session.h"

#include <cstdlib>

#include "runtime/base/os.h"
#include "runtime/doctor/doctor.h"

namespace lemnos {
namespace {

std::shared_ptr<gpu::Device>& current() {
  static std::shared_ptr<gpu::Device> instance;
  return instance;
}

}  // namespace

void start_at_best(const gpu::Caps& caps) {
  const std::string& setting = caps.faster_with;
  const std::string name = setting.substr(0, setting.find('='));
  if (!setting.empty() && !os::env(name.c_str()))
    os::restart_with(name, setting.substr(name.size() + 1));
}

std::shared_ptr<gpu::Device> open_at_best(std::string_view selector) {
  std::shared_ptr<gpu::Device> device = gpu::Device::open(selector);
  start_at_best(device->caps());
  return device;
}

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
