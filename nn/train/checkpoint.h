// SPDX-License-Identifier: Apache-2.0
// A run's state in one safetensors file, written so that a crash leaves the old or the new one.
//
//   model/NAME              the parameters
//   optim/N/SLOT/NAME       what optimizer N keeps for each of them; optim/N/SLOT: for all together
//   state                   the clock: step, position in the epoch, seed
//   __metadata__            format, model, config, preprocessing, seconds, best: JSON texts
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "data/formats/safetensors.h"
#include "nn/module.h"
#include "nn/optim/optimizer.h"

namespace lemnos {

struct CheckpointInfo {
  std::string model;  // its name in the list of models
  nlohmann::json config;
  nlohmann::json preprocessing;
  double seconds = 0;   // of training
  nlohmann::json best;  // what Trainer knows of the best evaluation; null: nothing
};

// The states under the names of a checkpoint.
std::vector<Parameter> checkpoint_states(std::span<const Parameter> parameters);  // model/...
std::vector<Parameter> checkpoint_states(std::span<const optim::Optimizer* const> optimizers);

// Waits for the steps under way.
void write_checkpoint(const std::filesystem::path& path, const CheckpointInfo& info,
                      std::span<const Parameter> states, const Storage& clock);

// One that was read. Damage, and anything that does not fit, are errors naming the file.
class Checkpoint {
 public:
  static Checkpoint read(const std::filesystem::path& path);

  const CheckpointInfo& info() const { return info_; }
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t step() const;                                     // updates done
  std::vector<std::string> names(std::string_view prefix) const;  // of tensors: "optim/"

  // Gives the states their values. Those whose name begins with `prefix` ("model/", "optim/") must
  // be exactly these: a missing one, one too many and one of another shape are errors, and nothing
  // is changed by then.
  void load(std::span<const Parameter> states, std::string_view prefix) const;
  void require(std::span<const Parameter> states, std::string_view prefix) const;  // or it fails
  // Gives those of the states their values that are there under the same name and shape; returns
  // the names of the others. Fails when there is none at all.
  std::vector<std::string> load_matching(std::span<const Parameter> states) const;
  void load_clock(Storage& clock) const;
  // The average of its weights that an optimizer kept takes their place, where there is one.
  void use_averages();

 private:
  std::filesystem::path path_;
  data::TensorFile file_;
  CheckpointInfo info_;
};

}  // namespace lemnos
