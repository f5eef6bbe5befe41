// SPDX-License-Identifier: Apache-2.0
// A check-up in another process: a driver that crashes or hangs takes that one with it, and is then
// known by the journal, whose last line says what was about to be done.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "runtime/doctor/checkup.h"

namespace lemnos::doctor {

// The journal has one JSON object a line: {"build": the child's build_checksum()}, {"begin": {name,
// kernels}} or {"end": finding}.
struct Entries {
  std::string build;
  std::vector<Finding> findings;
  std::optional<Finding> open;  // begun and not ended: name and kernels
};
Entries read_journal(const std::filesystem::path& file);

// The `lemnos` program that can be a child: $LEMNOS_SELF, else this program if that is its name,
// else the one beside this program. nullopt: there is none.
std::optional<std::filesystem::path> child_program();

// What check_up() finds, in processes of the program: after a crash, a hang (of `limit` seconds
// over one thing) or a lost device a new one goes on without the kernel that was to blame. Fails,
// with what it said, where the program cannot do it at all or is of another build.
std::vector<Finding> check_up_in_child(const std::filesystem::path& program,
                                       const std::string& device, Scope scope, double limit);

// The child's side, `lemnos doctor --child JOURNAL`: goes on from what the journal has. Returns its
// exit code. LEMNOS_DOCTOR_FAULT=crash:KERNEL, hang:KERNEL or wrong:KERNEL, which nothing else
// reads, shows what becomes of such a kernel.
int run_child(const std::filesystem::path& journal, const std::string& device, Scope scope);

}  // namespace lemnos::doctor
