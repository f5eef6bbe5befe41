// SPDX-License-Identifier: Apache-2.0
#include "ops/doctor_report.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "runtime/base/os.h"
#include "runtime/doctor/doctor.h"
#include "runtime/gpu/profile.h"

namespace lemnos {
namespace {

using Object = nlohmann::ordered_json;

// Every limit and feature under its own name, which LEMNOS_PROFILE takes too.
Object limits_of(const gpu::Caps& caps) {
  Object json;
  for (const gpu::CapsField& field : gpu::caps_fields())
    std::visit([&](const auto member) { json[std::string(field.name)] = caps.*member; },
               field.member);
  return json;
}

std::string features_text(const gpu::Caps& caps, bool have) {
  std::vector<std::string> names;
  for (const auto& [name, present] : features_of(caps))
    if (present == have) names.push_back(name);
  return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

std::string matrices_text(const gpu::Caps& caps) {
  if (!caps.cooperative_matrix) return "none offered";
  if (caps.matrix_shapes.empty()) return "offered; the driver names no shapes";
  return fmt::format("{}", fmt::join(matrices_of(caps), "; "));
}

std::string device_text(const gpu::DeviceInfo& device) {
  const gpu::Caps& caps = device.caps;
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<10} {}\n", name, value);
  };
  line("device", fmt::format("{}, {}, vendor {:04x}, device {:04x}, uuid {}", caps.name,
                             gpu::name_of(caps.type), caps.vendor_id, caps.device_id, caps.uuid));
  line("driver", fmt::format("{}, {}, Vulkan {}", caps.driver, caps.driver_version,
                             gpu::api_version_text(caps)));
  if (const auto profile = os::env("LEMNOS_PROFILE")) line("profile", *profile);
  line("has", features_text(caps, true));
  line("has not", features_text(caps, false));
  line("subgroups", fmt::format("{}, {} to {}", caps.subgroup_size, caps.min_subgroup_size,
                                caps.max_subgroup_size));
  line("matrices", matrices_text(caps));
  for (const gpu::Heap& heap : caps.heaps)
    line("memory", fmt::format("{:.2f} GiB, {}", static_cast<double>(heap.bytes) / (1 << 30),
                               heap.device_local ? "the device's own" : "the host's"));
  std::vector<std::string> limits;
  const Object all = limits_of(caps);
  for (const auto& [name, value] : all.items())
    if (!value.is_boolean()) limits.push_back(fmt::format("{} {}", name, value.dump()));
  for (std::size_t i = 0; i < limits.size(); i += 4)
    line(i == 0 ? "limits" : "",
         fmt::format("{}", fmt::join(limits.begin() + static_cast<std::ptrdiff_t>(i),
                                     limits.begin() + static_cast<std::ptrdiff_t>(
                                                          std::min(i + 4, limits.size())),
                                     ", ")));
  return text;
}

std::string verdict_text(const doctor::Verdict& verdict) {
  if (!verdict.good) return fmt::format("  BAD   {:<30} {}\n", verdict.kernel, verdict.reason);
  if (verdict.tries == 0) return fmt::format("  ?     {:<30} not enough memory\n", verdict.kernel);
  return fmt::format("  good  {:<30} {:>5} {:>9.3f} {:>9.3g} {:>7.2f}  {}\n", verdict.kernel,
                     verdict.tries, verdict.worst.share, verdict.worst.ulp, verdict.seconds,
                     verdict.worst_case);
}

}  // namespace

std::vector<std::string> DoctorReport::stranded() const {
  std::vector<std::string> errors;
  for (const OpSupport& op : ops)
    if (!op.stranded.empty()) errors.push_back(op.stranded);
  return errors;
}

DoctorReport see_doctor(std::string_view selector, doctor::Scope scope) {
  const std::vector<gpu::DeviceInfo> devices = gpu::list_devices();
  const gpu::DeviceChoice choice = gpu::choose_device(
      devices, selector.empty() ? os::env("LEMNOS_DEVICE").value_or("") : std::string(selector));
  DoctorReport report{
      .device = devices.at(static_cast<std::size_t>(choice.index)), .examination = {}, .ops = {}};
  report.examination = doctor::examine(report.device.caps, scope);
  report.device.caps.quarantined = doctor::quarantined(report.examination.verdicts);
  report.ops = all_support(report.device.caps);
  return report;
}

std::string to_text(const DoctorReport& report, std::string_view version) {
  const doctor::Examination& found = report.examination;
  std::string text = fmt::format("Lemnos {} doctor\n\n{}\n", version, device_text(report.device));
  text += fmt::format(
      "{} kernels in {} cases ({}), {:.1f} s, {}; {} quarantined{}\n\n"
      "        {:<30} cases  of limit       ulp seconds  worst in\n",
      found.verdicts.size(), found.tries,
      found.scope == doctor::Scope::full ? "all of them" : "those of first use", found.seconds,
      found.in_child ? "in another process" : "in this process",
      report.device.caps.quarantined.size(),
      found.skipped == 0 ? "" : fmt::format("; {} cases need more memory", found.skipped),
      "kernel");
  std::vector<doctor::Verdict> verdicts = found.verdicts;
  std::ranges::stable_sort(verdicts, {}, &doctor::Verdict::good);  // what is wrong comes first
  for (const doctor::Verdict& verdict : verdicts) text += verdict_text(verdict);
  for (const std::string& error : report.stranded()) text += "\n" + error + "\n";
  return text;
}

nlohmann::ordered_json to_json(const DoctorReport& report, std::string_view version) {
  Object json{{"version", version},
              {"device", to_json(report.device)},
              {"limits", limits_of(report.device.caps)},
              {"matrix_shapes", matrices_of(report.device.caps)},
              {"heaps", Object::array()},
              {"examination", to_json(report.examination)},
              {"stranded", report.stranded()}};
  for (const gpu::Heap& heap : report.device.caps.heaps)
    json["heaps"].push_back({{"bytes", heap.bytes}, {"device_local", heap.device_local}});
  return json;
}

}  // namespace lemnos
