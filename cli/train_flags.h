// SPDX-License-Identifier: Apache-2.0
// The flags of `train`, which `sweep` takes as well, and the configuration that they say.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "nn/train/run_fields.h"

namespace lemnos::cli {

struct TrainFlags {
  CommonFlags common;
  std::string model, preset, config, out, resume;
  std::map<std::string, std::optional<std::string>> fields;  // all of run_fields()
  CLI::App* command = nullptr;

  // named: the model whose own flags are there as well; it may be empty.
  void add_to(CLI::App& command, const std::string& named);
  // All that follow are for when the line is parsed. Wrong usage: what a flag does not take.
  bool says(const std::string& field) const { return fields.at(field).has_value(); }
  RunConfig first_config() const;  // of a new run
  void override_with_flags(RunConfig& config) const;
  std::vector<Setting> given_settings() const;  // of the model's own flags
  void refuse_beside_resume(const std::vector<std::string>& allowed) const;  // all but these

 private:
  void add_field(CLI::App& train, const RunField& field);
  void add_folders(CLI::App& train);
  void add_model(CLI::App& train, const ModelKind& kind);

  std::vector<Setting> settings_;  // one for each field of the model; empty values were not given
};

// As `lemnos train` understands these, of which the first is the model. Wrong usage as there.
std::unique_ptr<TrainFlags> parse_train(const std::vector<std::string>& arguments);
std::vector<std::string> train_flag_names(const std::string& model);  // without their dashes

}  // namespace lemnos::cli
