// SPDX-License-Identifier: Apache-2.0
// What is known of a device's kernels on its driver, and the file that keeps it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runtime/doctor/checkup.h"
#include "runtime/gpu/caps.h"

namespace lemnos::doctor {

struct Examination {
  Scope scope = Scope::first_use;
  bool in_child = false;  // in another process, which a crash would have ended
  double seconds = 0;
  std::uint32_t tries = 0;
  std::uint32_t skipped = 0;  // for want of memory
  std::vector<Verdict> verdicts;
};

nlohmann::ordered_json to_json(const Examination& examination);

// See device_file().
std::optional<std::filesystem::path> verdict_file(const gpu::Caps& caps);

// nullopt: nothing is known, or of another build; or, said, the file is damaged.
std::optional<Examination> load_examination(const gpu::Caps& caps);
// Where it cannot be kept, that is said.
void save_examination(const gpu::Caps& caps, const Examination& examination);

}  // namespace lemnos::doctor
