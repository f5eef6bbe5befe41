// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/doctor.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/doctor/child.h"

namespace lemnos::doctor {
namespace {

bool is_off() {
  const std::string text = os::env("LEMNOS_DOCTOR").value_or("on");
  if (text != "on" && text != "off") fail_usage("LEMNOS_DOCTOR must be on or off, not '{}'", text);
  return text == "off";
}

std::string index_of(const gpu::Caps& caps) {
  for (const gpu::DeviceInfo& info : gpu::list_devices())
    if (info.caps.uuid == caps.uuid && info.caps.driver_id == caps.driver_id)
      return fmt::format("{}", info.index);
  fail("{} is not there any more", caps.name);
}

void say_bad(const gpu::Caps& caps, const Examination& examination) {
  for (const Verdict& verdict : examination.verdicts)
    if (!verdict.good)
      log::warn("{} is not used on {}: {}", verdict.kernel, caps.name, verdict.reason);
}

std::vector<Finding> findings_of(const gpu::Caps& caps, Scope scope, Examination& examination) {
  const std::string device = index_of(caps);
  if (const auto program = child_program()) try {
      examination.in_child = true;
      return check_up_in_child(*program, device, scope, scope == Scope::full ? 120 : 30);
    } catch (const Error& error) {
      log::warn("the kernels are tried in this process: {}", error.what());
    }
  examination.in_child = false;
  const Journal silent{[](const auto&, const auto&) {}, [](auto&) {}};
  return check_up([&] { return gpu::Device::open(device); }, scope, silent);
}

}  // namespace

Examination examine(const gpu::Caps& caps, Scope scope) {
  if (scope == Scope::full) log::info("trying all kernels of {}: minutes", caps.name);
  Examination examination{.scope = scope};
  const double start = os::seconds();
  const std::vector<Finding> findings = findings_of(caps, scope, examination);
  examination.seconds = os::seconds() - start;
  examination.tries = static_cast<std::uint32_t>(findings.size());
  examination.skipped = static_cast<std::uint32_t>(
      std::ranges::count(findings, Finding::Kind::skipped, &Finding::kind));
  examination.verdicts = judge(findings);
  save_examination(caps, examination);
  return examination;
}

std::optional<Examination> known(const gpu::Caps& caps) {
  return is_off() ? std::nullopt : load_examination(caps);
}

void qualify(gpu::Device& device) {
  if (is_off()) return;
  const gpu::Caps& caps = device.caps();
  auto examination = load_examination(caps);
  if (!examination) {
    log::info("first use of {} ({}): trying its kernels, once", caps.name, caps.driver_version);
    examination = examine(caps, Scope::first_use);
    log::info("{} kernels tried in {:.1f} s: {} quarantined", examination->verdicts.size(),
              examination->seconds, quarantined(examination->verdicts).size());
    say_bad(caps, *examination);
  }
  device.quarantine(quarantined(examination->verdicts));
}

}  // namespace lemnos::doctor
