// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/commands.h"
#include "cli/flags.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/gpu/device.h"
#include "runtime/graph/op_def.h"

namespace lemnos::cli {
namespace {

using Object = nlohmann::ordered_json;

struct Switch {
  const char* name;
  const char* meaning;
};
constexpr Switch switches[] = {
    {"LEMNOS_DEVICE", "the device to use: index, name or UUID"},
    {"LEMNOS_PROFILE", "minimum: pretend to have the smallest limits that are supported"},
    {"LEMNOS_CACHE", "folder of compiled kernels [$XDG_CACHE_HOME/lemnos, ~/.cache/lemnos]"},
    {"LEMNOS_OFF",
     "optimisations to turn off: simplify,epilogues,companions,pointwise,alias,waves,replay,"
     "resident"},
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

struct OpSupport {
  std::string name;
  std::set<std::string> kernels;  // that its samples get
  std::set<std::string> reasons;  // why some of them cannot run
};

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
      for (const Dispatch& dispatch : op.lower(problem, caps).dispatches)
        result.kernels.insert(std::string(dispatch.shader->name));
    } catch (const Error& error) {
      result.reasons.insert(error.what());
    }
  }
  return result;
}

std::vector<OpSupport> all_support(const gpu::Caps& full) {
  const gpu::Caps caps = gpu::with_profile(full, os::env("LEMNOS_PROFILE").value_or(""));
  std::vector<OpSupport> all;
  for (const OpDef* op : all_ops()) all.push_back(support(*op, caps));
  std::erase_if(all, [](const auto& each) { return each.kernels.empty() && each.reasons.empty(); });
  return all;
}

// What a device may have beyond Vulkan 1.2, as far as Lemnos cares.
std::vector<std::pair<std::string, bool>> features(const gpu::Caps& caps) {
  return {{"float16", caps.float16},
          {"int8", caps.int8},
          {"16-bit storage", caps.storage16},
          {"8-bit storage", caps.storage8},
          {"float atomics", caps.float_atomics},
          {"subgroup arithmetic", caps.subgroup_arithmetic},
          {"subgroup shuffle", caps.subgroup_shuffle},
          {"subgroup size control", caps.subgroup_size_control},
          {"signed zeros, infinities and NaN kept", caps.signed_zero_inf_nan_preserve_f32},
          {"cooperative matrix", caps.cooperative_matrix},
          {"timestamps", caps.timestamp_period > 0}};
}

std::uint64_t device_memory(const gpu::Caps& caps) {
  std::uint64_t bytes = 0;
  for (const gpu::Heap& heap : caps.heaps)
    if (heap.device_local) bytes = std::max(bytes, heap.bytes);
  return bytes;
}

std::string joined(const gpu::Caps& caps, bool have) {
  std::vector<std::string> names;
  for (const auto& [name, present] : features(caps))
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
      static_cast<double>(device_memory(caps)) / (1 << 30), caps.max_storage_buffer_range >> 20,
      caps.shared_bytes >> 10, caps.max_group_invocations, caps.subgroup_size);
  fmt::print("     has {}\n     has not {}\n", joined(caps, true), joined(caps, false));
}

// Operations that get the same kernels share a line.
void print_support(const gpu::Caps& caps) {
  const std::vector<OpSupport> all = all_support(caps);
  fmt::print("\nkernels on {}, of {} operations\n", caps.name, all.size());
  std::map<std::set<std::string>, std::vector<std::string>> groups;
  for (const OpSupport& op : all) groups[op.kernels].push_back(op.name);
  for (const auto& [kernels, ops] : groups)
    fmt::print("  {}\n      for {}\n", fmt::join(kernels, ", "), fmt::join(ops, ", "));
  for (const OpSupport& op : all)
    for (const std::string& reason : op.reasons)
      fmt::print("  {} cannot always run: {}\n", op.name, reason);
}

Object to_json(const gpu::DeviceInfo& device) {
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
              {"memory_bytes", device_memory(caps)},
              {"binding_bytes", caps.max_storage_buffer_range},
              {"shared_bytes", caps.shared_bytes},
              {"group_invocations", caps.max_group_invocations},
              {"subgroup_size", caps.subgroup_size}};
  for (const auto& [name, present] : features(caps)) json["features"][name] = present;
  return json;
}

Object report(const std::vector<gpu::DeviceInfo>& devices, const gpu::DeviceChoice& choice) {
  Object json{{"version", LEMNOS_VERSION},
              {"devices", Object::array()},
              {"chosen", {{"index", choice.index}, {"reason", choice.reason}}}};
  for (const gpu::DeviceInfo& device : devices) {
    json["devices"].push_back(to_json(device));
    if (device.index != choice.index) continue;
    for (const OpSupport& op : all_support(device.caps))
      json["kernels"][op.name] = {{"kernels", op.kernels}, {"limits", op.reasons}};
  }
  for (const auto& [name, meaning] : switches)
    json["environment"][name] = {{"value", os::env(name).value_or("")}, {"meaning", meaning}};
  return json;
}

int info(const CommonFlags& flags) {
  const std::vector<gpu::DeviceInfo> devices = gpu::list_devices();
  const std::string selector =
      flags.device.empty() ? os::env("LEMNOS_DEVICE").value_or("") : flags.device;
  const gpu::DeviceChoice choice = gpu::choose_device(devices, selector);
  if (flags.json) {
    print_json(report(devices, choice));
    return 0;
  }
  fmt::print("Lemnos {}\n\ndevices\n", LEMNOS_VERSION);
  for (const gpu::DeviceInfo& device : devices)
    print_device(device, device.index == choice.index, choice.reason);
  for (const gpu::DeviceInfo& device : devices)
    if (device.index == choice.index) print_support(device.caps);
  fmt::print("\nenvironment\n");
  for (const auto& [name, meaning] : switches)
    fmt::print("  {:<22} {}{}\n", name, meaning,
               os::env(name) ? fmt::format("; now '{}'", *os::env(name)) : "");
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
