// SPDX-License-Identifier: Apache-2.0
// Whole runs: from a configuration to a folder with a trained model, and back.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "nn/train/models.h"
#include "nn/train/run_folder.h"
#include "nn/train/technique.h"
#include "nn/train/trainer.h"

namespace lemnos {

// What config.json holds. Numbers that are not set follow from the data.
struct RunConfig {
  std::string model;
  nlohmann::json config;                // the model's
  std::string data;                     // as data::open_dataset takes it
  std::string target;                   // column of a table; empty: the last one, or "label"
  std::string text_column;              // of a table of texts; empty: "text"
  std::string size;                     // of a folder's images, "64" or "64x48"; empty: their own
  data::FeatureSettings features;       // of a table
  TextSettings text;                    // for data sets of texts
  std::optional<std::int64_t> folds;    // data::hold_out_fold; both or none
  std::optional<std::int64_t> fold;     // the part that is held out
  std::int64_t examples_per_class = 0;  // of the training split; 0: all
  std::string init;                     // run whose weights, and encoding of texts, it begins with
  std::string freeze;  // parts that are not trained: beginnings of names, with commas between
  std::optional<std::int64_t> epochs;
  std::uint64_t steps = 0;  // 0: after the epochs
  std::optional<std::int64_t> batch;
  std::string optimizer = "adam";
  std::optional<double> lr, beta1, weight_decay;
  std::string precision = "f32";  // of activations and operands: f32, f16 or bf16
  double loss_scale = 65536;      // at first; of f16
  bool gradient_checkpointing = false;
  Technique technique;
  std::uint64_t planned_steps = 0;  // as first asked for: schedules do not change on resume
  std::uint64_t seed = 0;
  std::optional<std::uint64_t> data_seed;  // of what is held out and of synthetic data; else seed
  double clip_norm = 0;
  std::uint64_t checkpoint_every = 0;
  std::int64_t keep = 0;

  std::uint64_t seed_of_data() const { return data_seed.value_or(seed); }

  nlohmann::ordered_json to_json() const;
  // Fails, naming the file, where a value has the wrong type or an unknown key.
  static RunConfig from_json(const nlohmann::json& json, const std::string& file);
  void verify() const;  // wrong usage: a number out of range, named as its flag
};

// A model with its data: ready to be trained, or trained.
struct Run {
  RunConfig config;
  Preprocessing preprocessing;
  data::Dataset dataset;  // preprocessed; empty when it was not asked for
  std::unique_ptr<Task> task;
  std::vector<Parameter> trained;  // of the task's parameters, those that are not frozen
  std::optional<Checkpoint> checkpoint;
};

// New weights from the seed. `preset` and `settings` are the model's flags.
Run new_run(RunConfig config, std::string_view preset, std::span<const Setting> settings);

// From a run's folder, with the weights of its checkpoint. data: a data set with what it itself
// holds out, instead of the run's; also the run's own, to be judged by rows that its folds left
// out.
enum class WithData { no, yes };
// averaged: the average of the weights, where one was kept (Technique::ema); else those trained on.
enum class Weights { averaged, trained };
Run open_run(const RunFolder& folder, WithData with_data, const std::string& data = "",
             Weights weights = Weights::averaged);

// The data set that open_run would take, as it is before any preprocessing.
data::Dataset open_unprocessed(const Run& run, const std::string& data = "");

// A run that was trained with LoRA, as one without in a folder of its own, which is made and must
// not hold anything yet: the low-rank changes become part of the weights (nn::merge_lora), also of
// `run` in memory, but its folder stays as it is. The state of the optimizer is left behind: the
// new run can be used and be the --init of another, but cannot be resumed.
RunFolder merge_lora(const Run& run, const std::filesystem::path& folder);

// The data set of a run, or another, for what looks at a model's inputs only: its targets are the
// data set's own, whatever the model was trained for. Texts of a run's own are as it learned from
// them, so that what it held out is held out; others come with their labels, where they have them.
data::Dataset open_inputs(const Run& run, const std::string& data = "");

// Trains it, in its folder, with these observers besides the folder's own; a run with a checkpoint
// goes on there, and lines of its metrics from beyond the checkpoint are cut. seconds, control: see
// TrainOptions.
TrainResult train(Run& run, const RunFolder& folder, Observers observers, double seconds,
                  ExecOptions exec, Control* control = nullptr);

}  // namespace lemnos
