// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/session.h"

namespace lemnos {
namespace {

std::shared_ptr<gpu::Device>& current() {
  static std::shared_ptr<gpu::Device> instance;
  return instance;
}

}  // namespace

void use(std::shared_ptr<gpu::Device> device) { current() = std::move(device); }

const std::shared_ptr<gpu::Device>& device() {
  if (!current()) current() = gpu::Device::open();
  return current();
}

}  // namespace lemnos
