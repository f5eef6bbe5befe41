// SPDX-License-Identifier: Apache-2.0
// Flags that several commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/train/metrics.h"
#include "runtime/exec/options.h"

namespace lemnos::cli {

// Of `run` and `eval`.
constexpr const char* raw_help = "the weights themselves, where the run kept their average";

struct CommonFlags {
  std::string device;
  int trace = -1;                           // -1: what LEMNOS_TRACE says
  std::optional<std::int64_t> data_memory;  // MiB
  std::string tune;                         // empty: what LEMNOS_TUNE says
  bool quiet = false;
  bool json = false;

  void add_to(CLI::App& command);
  void add_data_memory(CLI::App& command);  // of what trains or evaluates
  void add_tune(CLI::App& command);
  ExecOptions exec() const;  // wrong usage: a value out of range
  // Opens the device that is meant and uses it from now on. remembered: a run's device.json, whose
  // device is taken where nobody says otherwise.
  void open_device(const std::filesystem::path& remembered = {}) const;
};

bool is_flag(std::string_view word);
std::vector<std::string> flag_names(const CLI::App& command);  // without their dashes
// Wrong usage: what a command, which allows extras, was given and does not know.
void refuse_unknown(const CLI::App& command);

// One JSON object on a line of standard output.
void print_json(const nlohmann::ordered_json& object);

// "accuracy 0.8712  precision ..." and the confusion matrix with the names of the classes.
std::string describe(const Metrics& metrics, const std::vector<std::string>& classes);

}  // namespace lemnos::cli
