// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/start_up.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/doctor/child.h"

namespace lemnos::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view label = "start-up ";
constexpr double patience_seconds = 600;

// `env` sets what Lemnos, Mesa and NVIDIA's driver take for the place of their caches.
StartUp in_child(const fs::path& program, const ModelCase& model, const gpu::Caps& caps,
                 const fs::path& caches) {
  std::vector<std::string> arguments{"LEMNOS_DOCTOR=off"};  // it would fill the caches
  for (const char* name : {"LEMNOS_CACHE", "XDG_CACHE_HOME", "MESA_SHADER_CACHE_DIR",
                           "MESA_GLSL_CACHE_DIR", "__GL_SHADER_DISK_CACHE_PATH"})
    arguments.push_back(fmt::format("{}={}", name, caches.string()));
  for (const std::string& word : {program.string(), std::string("bench"), std::string("--start-up"),
                                  model.name, std::string("--device"), caps.uuid})
    arguments.push_back(word);
  os::Program child = os::start_program("/usr/bin/env", arguments);
  const double began = os::seconds();
  while (!child.exit_code()) {
    os::sleep(0.01);
    if (os::stop_requested() || os::seconds() - began > patience_seconds) child.end();
  }
  const std::string said = child.said();
  const auto line = said.find(label);
  if (*child.exit_code() != 0 || line == std::string::npos) fail("{}", said);
  StartUp measured;
  std::istringstream(said.substr(line + label.size())) >> measured.compile_ms >>
      measured.first_step_ms;
  return measured;
}

}  // namespace

void say_start_up(std::string_view name, const std::shared_ptr<gpu::Device>& device) {
  for (const ModelCase& model : model_cases()) {
    if (model.name != name) continue;
    const StartUp measured = start_up(model, device);
    fmt::print(stderr, "{}{} {}\n", label, measured.compile_ms, measured.first_step_ms);
    return;
  }
  fail_usage("there is no model '{}'", name);
}

void put_start_up(const ModelCase& model, const gpu::Caps& caps, Row& row) {
  const auto program = doctor::child_program();
  std::error_code error;
  if (!program || !fs::exists("/usr/bin/env", error)) {
    row.extras.push_back({.name = "compile, cold", .unit = "ms", .note = "not measured"});
    return;
  }
  const fs::path caches = os::make_temporary_folder();
  try {
    for (const std::string_view state : {"cold", "warm"}) {
      const auto [compile, first] = in_child(*program, model, caps, caches);
      row.extras.push_back({fmt::format("compile, {}", state), compile, "ms", ""});
      row.extras.push_back({fmt::format("first step, {}", state), first, "ms", ""});
    }
  } catch (const Error& failure) {
    const std::string said = failure.what();
    row.extras.push_back({.name = "compile, cold",
                          .unit = "ms",
                          .note = "failed: " + said.substr(0, said.find('\n'))});
  }
  fs::remove_all(caches, error);
}

}  // namespace lemnos::bench
