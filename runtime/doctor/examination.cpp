// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/examination.h"

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/exec/device_file.h"

namespace lemnos::doctor {
namespace {

using Json = nlohmann::json;

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

nlohmann::ordered_json to_json(const Examination& examination) {
  nlohmann::ordered_json json{
      {"full", examination.scope == Scope::full}, {"in_child", examination.in_child},
      {"seconds", examination.seconds},           {"tries", examination.tries},
      {"skipped", examination.skipped},           {"kernels", Json::array()}};
  for (const Verdict& verdict : examination.verdicts) json["kernels"].push_back(to_json(verdict));
  return json;
}

std::optional<std::filesystem::path> verdict_file(const gpu::Caps& caps) {
  return device_file("verdicts", caps);
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
