// SPDX-License-Identifier: Apache-2.0
// What Lemnos knows of this machine's devices: `lemnos info` prints it, the viewer shows it.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/doctor/examination.h"
#include "runtime/gpu/device.h"

namespace lemnos {

// What an operation's samples, of every kind that the sweeps test, get on a device.
struct OpSupport {
  std::string name;
  std::set<std::string> kernels;
  std::set<std::string> reasons;  // why some of them cannot run
  std::string stranded;           // the error of some that have no kernel left: all quarantined
};

// An environment variable that Lemnos reads.
struct Switch {
  std::string name, meaning;
  std::string value;  // now; empty: unset
};

struct DeviceReport {
  std::vector<gpu::DeviceInfo> devices;
  gpu::DeviceChoice choice;
  std::vector<OpSupport> ops;  // of the chosen device
  // What the doctor found there before: nothing yet, or it is off. What is quarantined by it stands
  // in the device's caps.
  std::optional<doctor::Examination> examination;
  std::vector<Switch> environment;

  const gpu::DeviceInfo& chosen() const {
    return devices.at(static_cast<std::size_t>(choice.index));
  }
};

// Of all devices; the selector chooses one as everywhere (see gpu::choose_device), empty: as
// LEMNOS_DEVICE says. Fails without any.
DeviceReport report_devices(std::string_view selector = "");

// What a device may have beyond Vulkan 1.2, as far as Lemnos cares, and whether it has.
std::vector<std::pair<std::string, bool>> features_of(const gpu::Caps& caps);

// The products of its cooperative matrices, in words: "16x16x16 f16 f16 -> f32, subgroup".
std::vector<std::string> matrices_of(const gpu::Caps& caps);
std::uint64_t local_memory(const gpu::Caps& caps);  // bytes of its largest heap of its own

// What the operations get on a device with these caps; those without a kernel are left out.
std::vector<OpSupport> all_support(const gpu::Caps& caps);

nlohmann::ordered_json to_json(const gpu::DeviceInfo& device);
// As `lemnos info --json` prints it.
nlohmann::ordered_json to_json(const DeviceReport& report, std::string_view version);

}  // namespace lemnos
