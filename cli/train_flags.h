// SPDX-License-Identifier: Apache-2.0
// The flags of `train`, which `sweep` takes as well, and the configuration that they say.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/flags.h"
#include "nn/train/run.h"

namespace lemnos::cli {

struct TrainFlags {
  CommonFlags common;
  std::string model, preset, config, out, resume;
  std::optional<std::string> init, freeze, data, target, size, missing, outliers, outlier_rule,
      scaling, text, optimizer, precision, tokens, stop_words, features;
  std::optional<std::int64_t> vocabulary, length, examples_per_class;
  std::optional<std::int64_t> epochs, steps, batch, checkpoint_every, keep;
  std::optional<std::int64_t> folds, fold, seed, data_seed;
  std::optional<double> lr, beta1, loss_scale, clip_norm, weight_decay;
  bool gradient_checkpointing = false;
  CLI::App* command = nullptr;

  // named: the model whose own flags are there as well; it may be empty.
  void add_to(CLI::App& command, const std::string& named);
  // All that follow are for when the line is parsed. Wrong usage: what a flag does not take.
  RunConfig first_config() const;  // of a new run
  void override_with_flags(RunConfig& config) const;
  std::vector<Setting> given_settings() const;  // of the model's own flags
  void refuse_beside_resume(const std::vector<std::string>& allowed) const;  // all but these

 private:
  void add_model(CLI::App& train, const ModelKind& kind);
  void add_technique(CLI::App& train);

  // One for each field, of the model and of the technique; empty values were not given.
  std::vector<Setting> settings_, technique_;
};

// As `lemnos train` understands these, of which the first is the model. Wrong usage as there.
std::unique_ptr<TrainFlags> parse_train(const std::vector<std::string>& arguments);
std::vector<std::string> train_flag_names(const std::string& model);  // without their dashes

}  // namespace lemnos::cli
