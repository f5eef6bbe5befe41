// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "cli/commands.h"
#include "cli/flags.h"
#include "ops/support.h"
#include "runtime/doctor/session.h"

namespace lemnos::cli {
namespace {

std::string joined(const gpu::Caps& caps, bool have) {
  std::vector<std::string> names;
  for (const auto& [name, present] : features_of(caps))
    if (present == have) names.push_back(name);
  return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

void print_device(const gpu::DeviceInfo& device, bool chosen, const std::string& why) {
  const gpu::Caps& caps = device.caps;
  fmt::print("{} {}  {}\n", chosen ? "*" : " ", device.index, caps.name);
  fmt::print("     uuid {}, score {}: {}\n", caps.uuid, device.score, device.reason);
  if (chosen) fmt::print("     chosen: {}\n", why);
  if (device.score < 0) return;
  fmt::print("     {}, {}, Vulkan {}\n", caps.driver, caps.driver_version,
             gpu::api_version_text(caps));
  fmt::print(
      "     {:.1f} GiB; {} MiB in a binding, {} KiB shared memory, {} invocations in a group,"
      " subgroups of {}\n",
      static_cast<double>(local_memory(caps)) / (1 << 30), caps.max_storage_buffer_range >> 20,
      caps.shared_bytes >> 10, caps.max_group_invocations, caps.subgroup_size);
  fmt::print("     has {}\n     has not {}\n", joined(caps, true), joined(caps, false));
}

// Operations that get the same kernels share a line.
void print_support(const DeviceReport& report) {
  const std::vector<OpSupport>& all = report.ops;
  fmt::print("\nkernels on {}, of {} operations\n", report.chosen().caps.name, all.size());
  std::map<std::set<std::string>, std::vector<std::string>> groups;
  for (const OpSupport& op : all) groups[op.kernels].push_back(op.name);
  for (const auto& [kernels, ops] : groups)
    fmt::print("  {}\n      for {}\n", fmt::join(kernels, ", "), fmt::join(ops, ", "));
  for (const OpSupport& op : all) {
    for (const std::string& reason : op.reasons)
      fmt::print("  {} cannot always run: {}\n", op.name, reason);
    if (!op.stranded.empty()) fmt::print("  {}\n", op.stranded);
  }
}

void print_examination(const DeviceReport& report) {
  if (!report.examination) {
    fmt::print("  not tried on this driver yet, or LEMNOS_DOCTOR=off: see lemnos doctor\n");
    return;
  }
  const auto& verdicts = report.examination->verdicts;
  fmt::print("  {} kernels were tried on this driver, {} are quarantined\n", verdicts.size(),
             report.chosen().caps.quarantined.size());
  for (const doctor::Verdict& verdict : verdicts)
    if (!verdict.good) fmt::print("  {} is not used: {}\n", verdict.kernel, verdict.reason);
}

int info(const CommonFlags& flags) {
  const DeviceReport report = report_devices(flags.device);
  start_at_best(report.chosen().caps);
  if (flags.json) {
    print_json(to_json(report, LEMNOS_VERSION));
    return 0;
  }
  fmt::print("Lemnos {}\n\ndevices\n", LEMNOS_VERSION);
  for (const gpu::DeviceInfo& device : report.devices)
    print_device(device, device.index == report.choice.index, report.choice.reason);
  print_support(report);
  print_examination(report);
  fmt::print("\nenvironment\n");
  for (const auto& [name, meaning, value] : report.environment)
    fmt::print("  {:<22} {}{}\n", name, meaning,
               value.empty() ? "" : fmt::format("; now '{}'", value));
  return 0;
}

}  // namespace

Command add_info(CLI::App& app) {
  auto flags = std::make_shared<CommonFlags>();
  CLI::App* command =
      app.add_subcommand("info", "every device, what it supports and which kernels it gets");
  command->add_option("--device", flags->device, "show the kernels of this one");
  command->add_flag("--json", flags->json, "as one JSON object");
  return {command, [flags] { return info(*flags); }};
}

}  // namespace lemnos::cli
