// SPDX-License-Identifier: Apache-2.0
// What the doctor found about a device, for people (to paste into an issue) and for programs:
// `lemnos doctor` prints it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ops/support.h"
#include "runtime/doctor/examination.h"

namespace lemnos {

struct DoctorReport {
  gpu::DeviceInfo device;  // whose caps have what is quarantined
  doctor::Examination examination;
  std::vector<OpSupport> ops;

  // The error of each operation that has no kernel left for some of its samples.
  std::vector<std::string> stranded() const;
};

// Tries the kernels of the device that the selector means, as report_devices() takes it.
DoctorReport see_doctor(std::string_view selector, doctor::Scope scope);

std::string to_text(const DoctorReport& report, std::string_view version);
nlohmann::ordered_json to_json(const DoctorReport& report, std::string_view version);

}  // namespace lemnos
