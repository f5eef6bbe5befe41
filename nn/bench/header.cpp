// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/header.h"

#include <fmt/chrono.h>

#include <chrono>
#include <thread>

#include "ops/support.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::bench {
namespace {

// The value of a line "model name : Intel(R) ..." of Linux' /proc/cpuinfo.
std::string cpu_name() {
  std::string text;
  try {
    text = os::read_text("/proc/cpuinfo");
  } catch (const Error&) {
    return "unknown CPU";
  }
  for (const std::string_view key : {"model name", "Hardware", "uarch"}) {
    const auto line = text.find(key);
    if (line == std::string::npos) continue;
    const auto begin = text.find_first_not_of(" \t", text.find(':', line) + 1);
    const auto end = text.find('\n', line);
    if (begin < end) return text.substr(begin, end - begin);
  }
  return "unknown CPU";
}

std::string now() {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(seconds));
}

}  // namespace

Header header_of(const gpu::Caps& caps) {
  return {.version = LEMNOS_VERSION,
          .commit = LEMNOS_COMMIT,
          .device = caps.name,
          .uuid = caps.uuid,
          .driver = caps.driver,
          .driver_version = caps.driver_version,
          .api = gpu::api_version_text(caps),
          .type = std::string(gpu::name_of(caps.type)),
          .vendor_id = caps.vendor_id,
          .device_id = caps.device_id,
          .min_subgroup = caps.min_subgroup_size,
          .subgroup = caps.subgroup_size,
          .max_subgroup = caps.max_subgroup_size,
          .cooperative = matrices_of(caps),
          .memory_bytes = local_memory(caps),
          .host_cpu = cpu_name(),
          .host_threads = static_cast<int>(std::thread::hardware_concurrency()),
          .time = now()};
}

}  // namespace lemnos::bench
