// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/device_file.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "runtime/base/os.h"
#include "runtime/gpu/profile.h"
#include "shaders/jit_source.h"
#include "shaders/kernels.h"

namespace lemnos {
namespace {

std::uint64_t hash_of(const gpu::Caps& caps) {
  // Some drivers (SwiftShader) say nothing of their version but that of Vulkan.
  std::string text =
      fmt::format("{} {} {}", caps.driver, caps.driver_version, gpu::api_version_text(caps));
  for (const gpu::CapsField& field : gpu::caps_fields()) {
    const auto add = [&](const auto member) {
      if constexpr (requires { (caps.*member).size(); }) {
        for (const std::uint32_t each : caps.*member) text += fmt::format(" {}", each);
      } else {
        text += fmt::format(" {}", caps.*member);
      }
    };
    std::visit(add, field.member);
  }
  return XXH3_64bits(text.data(), text.size());
}

}  // namespace

std::string build_checksum() {
  static const std::string checksum = [] {
    std::vector<std::uint64_t> parts;
    for (const Kernel kernel : every_kernel()) {
      const auto words = shader(kernel).words;
      parts.push_back(XXH3_64bits(words.data(), words.size_bytes()));
    }
    const std::string_view source = jit_source;
    parts.push_back(XXH3_64bits(source.data(), source.size()));
    return fmt::format("{:016x}", XXH3_64bits(parts.data(), parts.size() * sizeof(std::uint64_t)));
  }();
  return checksum;
}

std::optional<std::filesystem::path> device_file(std::string_view prefix, const gpu::Caps& caps) {
  const auto folder = os::cache_folder();
  if (!folder) return std::nullopt;
  return *folder / fmt::format("{}-{}-{:016x}.json", prefix, caps.uuid, hash_of(caps));
}

}  // namespace lemnos
