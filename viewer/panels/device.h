// SPDX-License-Identifier: Apache-2.0
// The devices of this machine, and what the one in use can do.
#pragma once

#include <string>

#include "ops/support.h"
#include "viewer/panel.h"

namespace lemnos::viewer {

class DevicePanel : public Panel {
 public:
  DeviceReport report;    // without devices: not known yet
  gpu::MemoryUse memory;  // of the device in use, now
  std::string version;    // of Lemnos

  std::string_view title() const override { return "Device"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;  // as `lemnos info --json`, and the memory in use

 private:
  void draw_device();
  void draw_kernels();

  char filter_[64] = "";  // of the operations
};

}  // namespace lemnos::viewer
