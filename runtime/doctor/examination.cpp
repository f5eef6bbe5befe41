// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/examination.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/gpu/profile.h"
#include "shaders/jit_source.h"
#include "shaders/kernels.h"

namespace lemnos::doctor {
namespace {

using Json = nlohmann::json;

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

Examination examination_from(const Json& json) {
  Examination made{.scope = json.at("full") ? Scope::full : Scope::first_use,
                   .in_child = json.at("in_child"),
                   .seconds = json.at("seconds"),
                   .tries = json.at("tries"),
                   .skipped = json.at("skipped")};
  for (const Json& verdict : json.at("kernels")) made.verdicts.push_back(verdict_from(verdict));
  return made;
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

nlohmann::ordered_json to_json(const Examination& examination) {
  nlohmann::ordered_json json{
      {"full", examination.scope == Scope::full}, {"in_child", examination.in_child},
      {"seconds", examination.seconds},           {"tries", examination.tries},
      {"skipped", examination.skipped},           {"kernels", Json::array()}};
  for (const Verdict& verdict : examination.verdicts) json["kernels"].push_back(to_json(verdict));
  return json;
}

std::optional<std::filesystem::path> verdict_file(const gpu::Caps& caps) {
  const auto folder = os::cache_folder();
  if (!folder) return std::nullopt;
  return *folder / fmt::format("verdicts-{}-{:016x}.json", caps.uuid, hash_of(caps));
}

std::optional<Examination> load_examination(const gpu::Caps& caps) {
  const auto file = verdict_file(caps);
  std::error_code error;
  if (!file || !std::filesystem::exists(*file, error)) return std::nullopt;
  try {
    const Json json = Json::parse(os::read_text(*file));
    if (json.at("build") != build_checksum()) return std::nullopt;
    return examination_from(json.at("examination"));
  } catch (const std::exception& damage) {
    log::warn("{} is damaged, the kernels are tried again: {}", file->string(), damage.what());
    return std::nullopt;
  }
}

void save_examination(const gpu::Caps& caps, const Examination& examination) {
  const auto file = verdict_file(caps);
  if (!file) {
    log::warn("what was found about the kernels is not kept: the next start tries them again");
    return;
  }
  const nlohmann::ordered_json json{{"device", caps.name},
                                    {"driver", caps.driver},
                                    {"driver_version", caps.driver_version},
                                    {"build", build_checksum()},
                                    {"examination", to_json(examination)}};
  try {
    os::write_file(*file, json.dump(1) + "\n");
  } catch (const Error& error) {
    log::warn("what was found about the kernels is not kept: {}", error.what());
  }
}

}  // namespace lemnos::doctor
