// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/choices.h"

#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/exec/device_file.h"

namespace lemnos {

Choices Choices::load(const gpu::Caps& caps) {
  Choices choices;
  const auto file = device_file("tuning", caps);
  std::error_code error;
  if (!file || !std::filesystem::exists(*file, error)) return choices;
  try {
    const auto json = nlohmann::json::parse(os::read_text(*file));
    if (json.at("build") == build_checksum()) json.at("choices").get_to(choices.known_);
  } catch (const std::exception& damage) {
    log::warn("{} is damaged, kernels are as without tuning: {}", file->string(), damage.what());
  }
  return choices;
}

void Choices::save(const gpu::Caps& caps) const {
  const auto file = device_file("tuning", caps);
  if (!file) return log::warn("what was tuned is not kept: there is no cache folder");
  Choices all = load(caps);
  for (const auto& [key, choice] : known_) all.set(key, choice);
  const nlohmann::ordered_json json{{"device", caps.name},
                                    {"driver_version", caps.driver_version},
                                    {"build", build_checksum()},
                                    {"choices", all.known_}};
  try {
    os::write_file(*file, json.dump(1) + "\n");
  } catch (const Error& failed) {
    log::warn("what was tuned is not kept: {}", failed.what());
  }
}

std::string Choices::key_of(const Problem& problem) {
  std::string key(problem.name());
  // Not the bias or the mask, which come last.
  const std::size_t inputs = problem.inputs.size() - (problem.has_extra() ? 1 : 0);
  for (std::size_t i = 0; i < inputs; ++i)
    key += fmt::format(" {} {}", problem.inputs[i].shape, lemnos::name_of(problem.inputs[i].dtype));
  return key + " " + problem.attrs.text();
}

std::optional<std::uint32_t> Choices::find(const Problem& problem) const {
  if (problem.op->choices == nullptr) return std::nullopt;
  const auto known = known_.find(key_of(problem));
  return known == known_.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace lemnos
