// SPDX-License-Identifier: Apache-2.0
#include "ops/support.h"

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/doctor/doctor.h"
#include "runtime/exec/ladder.h"
#include "runtime/graph/op_def.h"

namespace lemnos {
namespace {

using Object = nlohmann::ordered_json;

struct SwitchText {
  const char* name;
  const char* meaning;
};
constexpr SwitchText switches[] = {
    {"LEMNOS_DEVICE", "the device to use: index, name or UUID"},
    {"LEMNOS_PROFILE",
     "minimum: pretend to have the smallest limits that are supported; FILE.json: those it says"},
    {"LEMNOS_DOCTOR", "off: kernels are not tried at first use, and wrong ones are used"},
    {"LEMNOS_SELF", "the lemnos program, for a program elsewhere that has kernels tried by it"},
    {"LEMNOS_CACHE", "folder of compiled kernels [$XDG_CACHE_HOME/lemnos, ~/.cache/lemnos]"},
    {"LEMNOS_OFF",
     "optimisations to turn off: simplify,epilogues,companions,pointwise,chains,alias,waves,"
     "replay,resident"},
    {"LEMNOS_TUNE",
     "cached: kernels found faster on this device before; fast, full: look for them; off [cached]"},
    {"LEMNOS_TRACE", "1 plan, 2 dispatches with times, 3 graphs, 4 generated code"},
    {"LEMNOS_VALIDATION", "1: run under the Vulkan validation layer"},
    {"LEMNOS_VULKAN_LIBRARY", "the Vulkan loader to open [libvulkan.so.1]"},
};

Problem problem_of(const OpDef& op, const Sample& sample) {
  Problem problem;
  problem.op = &op;
  for (const SampleInput& input : sample.inputs)
    problem.inputs.push_back({input.shape, input.dtype});
  problem.attrs = sample.attrs;
  problem.result = op.shape(problem);
  return problem;
}

OpSupport support(const OpDef& op, const gpu::Caps& caps) {
  OpSupport result{.name = std::string(op.name)};
  if (op.lower == nullptr || op.samples == nullptr) return result;
  for (const Sample& sample : op.samples()) {
    try {
      const Problem problem = problem_of(op, sample);
      const char* reason = op.fits == nullptr ? nullptr : op.fits(problem, caps);
      if (reason != nullptr) {
        result.reasons.insert(reason);
        continue;
      }
      for (const Dispatch& dispatch : lower_on_ladder(problem, caps).dispatches)
        result.kernels.insert(std::string(dispatch.shader->name));
    } catch (const Error& error) {
      if (caps.quarantined.empty()) {
        result.reasons.insert(error.what());
      } else {
        result.stranded = error.what();
      }
    }
  }
  return result;
}

}  // namespace

std::vector<std::pair<std::string, bool>> features_of(const gpu::Caps& caps) {
  return {{"float16", caps.float16},
          {"int8", caps.int8},
          {"16-bit storage", caps.storage16},
          {"8-bit storage", caps.storage8},
          {"float atomics", caps.float_atomics},
          {"subgroup arithmetic", caps.subgroup_arithmetic},
          {"subgroup shuffle", caps.subgroup_shuffle},
          {"subgroup size control", caps.subgroup_size_control},
          {"signed zeros, infinities and NaN kept", caps.signed_zero_inf_nan_preserve_f32},
          {"integer dot product", caps.integer_dot_product},
          {"cooperative matrix", caps.cooperative_matrix},
          {"bf16 in cooperative matrices", caps.bfloat16_matrix},
          {"timestamps", caps.timestamp_period > 0}};
}

std::vector<std::string> matrices_of(const gpu::Caps& caps) {
  std::vector<std::string> texts;
  if (caps.cooperative_matrix)
    for (const gpu::MatrixShape& shape : caps.matrix_shapes) texts.push_back(text_of(shape));
  return texts;
}

std::uint64_t local_memory(const gpu::Caps& caps) {
  std::uint64_t bytes = 0;
  for (const gpu::Heap& heap : caps.heaps)
    if (heap.device_local) bytes = std::max(bytes, heap.bytes);
  return bytes;
}

std::vector<OpSupport> all_support(const gpu::Caps& caps) {
  std::vector<OpSupport> all;
  for (const OpDef* op : all_ops()) all.push_back(support(*op, caps));
  std::erase_if(all, [](const auto& each) {
    return each.kernels.empty() && each.reasons.empty() && each.stranded.empty();
  });
  return all;
}

DeviceReport report_devices(std::string_view selector) {
  DeviceReport report;
  report.devices = gpu::list_devices();
  report.choice =
      gpu::choose_device(report.devices, selector.empty() ? os::env("LEMNOS_DEVICE").value_or("")
                                                          : std::string(selector));
  gpu::Caps& caps = report.devices.at(static_cast<std::size_t>(report.choice.index)).caps;
  report.examination = doctor::known(caps);
  if (report.examination) caps.quarantined = doctor::quarantined(report.examination->verdicts);
  report.ops = all_support(caps);
  for (const auto& [name, meaning] : switches)
    report.environment.push_back({name, meaning, os::env(name).value_or("")});
  return report;
}

nlohmann::ordered_json to_json(const gpu::DeviceInfo& device) {
  const gpu::Caps& caps = device.caps;
  Object json{{"index", device.index},
              {"name", caps.name},
              {"uuid", caps.uuid},
              {"type", gpu::name_of(caps.type)},
              {"driver", caps.driver},
              {"driver_version", caps.driver_version},
              {"vulkan", gpu::api_version_text(caps)},
              {"score", device.score},
              {"reason", device.reason},
              {"memory_bytes", local_memory(caps)},
              {"binding_bytes", caps.max_storage_buffer_range},
              {"shared_bytes", caps.shared_bytes},
              {"group_invocations", caps.max_group_invocations},
              {"subgroup_size", caps.subgroup_size},
              {"quarantined", caps.quarantined}};
  for (const auto& [name, present] : features_of(caps)) json["features"][name] = present;
  return json;
}

nlohmann::ordered_json to_json(const DeviceReport& report, std::string_view version) {
  Object json{{"version", version},
              {"devices", Object::array()},
              {"chosen", {{"index", report.choice.index}, {"reason", report.choice.reason}}}};
  for (const gpu::DeviceInfo& device : report.devices) json["devices"].push_back(to_json(device));
  for (const OpSupport& op : report.ops)
    json["kernels"][op.name] = {
        {"kernels", op.kernels}, {"limits", op.reasons}, {"stranded", op.stranded}};
  for (const Switch& each : report.environment)
    json["environment"][each.name] = {{"value", each.value}, {"meaning", each.meaning}};
  return json;
}

}  // namespace lemnos
