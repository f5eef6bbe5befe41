// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/flags.h"
#include "ops/doctor_report.h"
#include "runtime/doctor/child.h"
#include "runtime/doctor/session.h"

namespace lemnos::cli {
namespace {

struct DoctorFlags {
  std::string device;
  std::string child;  // its journal
  bool full = false;
  bool json = false;
};

// 1: some operation has no kernel left. A kernel that is wrong and has a substitute is no failure.
int examine(const DoctorFlags& flags) {
  const auto scope = flags.full ? doctor::Scope::full : doctor::Scope::first_use;
  if (!flags.child.empty()) return doctor::run_child(flags.child, flags.device, scope);
  static_cast<void>(open_at_best(flags.device));  // as training would
  const DoctorReport report = see_doctor(flags.device, scope);
  if (flags.json) {
    print_json(to_json(report, LEMNOS_VERSION));
  } else {
    fmt::print("{}", to_text(report, LEMNOS_VERSION));
  }
  return report.stranded().empty() ? 0 : 1;
}

}  // namespace

Command add_doctor(CLI::App& app) {
  auto flags = std::make_shared<DoctorFlags>();
  CLI::App* command = app.add_subcommand(
      "doctor", "tries every kernel on the device's driver, and keeps wrong ones from being used");
  command->add_option("--device", flags->device, "index, name or UUID, as lemnos info lists them");
  command->add_flag("--full", flags->full, "all samples, fallbacks and kinds of values: minutes");
  command->add_flag("--json", flags->json, "as one JSON object");
  command->add_option("--child", flags->child)->group("");  // hidden
  return {command, [flags] { return examine(*flags); }};
}

}  // namespace lemnos::cli
