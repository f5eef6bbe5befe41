// SPDX-License-Identifier: Apache-2.0
// The training loop: epochs of batches, evaluation, samples and checkpoints, told to observers.
//
// What is computed depends on the data, the task, the optimizer, the batch size and the seed only:
// not on how steps are grouped into submissions, and not on whether the run was interrupted.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "data/datasets/dataset.h"
#include "nn/optim/optimizer.h"
#include "nn/train/augmentation.h"
#include "nn/train/batched.h"
#include "nn/train/checkpoint.h"
#include "nn/train/control.h"
#include "nn/train/evaluator.h"
#include "nn/train/generator.h"
#include "nn/train/observer.h"
#include "nn/train/patience.h"
#include "nn/train/task.h"

namespace lemnos {

struct TrainOptions {
  std::int64_t epochs = 5;
  std::uint64_t steps = 0;  // ends after so many updates in all; 0: after the epochs
  std::int64_t batch = 128;
  std::int64_t accumulate = 1;  // batches, of which one update sees the mean gradient
  std::uint64_t seed = 0;
  double clip_norm = 0;                // 0: gradients are not clipped
  Augmentation augmentation = {};      // of training images
  bool recompute = false;              // gradient checkpointing of a model's blocks
  std::int64_t patience = 0;           // ends after so many evaluations without a better one; 0: no
  std::uint64_t checkpoint_every = 0;  // steps; 0: after evaluations only
  std::int64_t keep = 0;      // older checkpoints that stay, as checkpoint-STEP.safetensors
  double seconds = 0;         // measured, and cut to end within about this; 0: no limit
  std::int64_t samples = 64;  // images in a grid of samples
  ExecOptions exec = ExecOptions::from_environment();
  Control* control = nullptr;  // what others steer the run by; outlives it
};

struct TrainResult {
  Moment end;
  bool stopped = false;  // by Ctrl-C or its control, before the end
  bool early = false;    // as evaluations became no better: TrainOptions::patience
  double loss = 0;       // of the last step
  double ms_per_step = 0;
  PlanStats plan;                  // of a full batch's step
  std::uint64_t submissions = 0;   // of training steps
  std::uint64_t allocations = 0;   // on the device, after the first two steps, while stepping
  std::optional<Metrics> metrics;  // of the test split, at the end
};

// Evaluates and saves at the end of every epoch; where epochs are shorter than 50 steps, of the
// fewest that have so many; and at the end.
class Trainer : private Between {
 public:
  // An optimizer for each of the task's parts. The dataset is preprocessed. All that is given must
  // outlive the trainer.
  using Optimizers = std::vector<optim::Optimizer*>;
  Trainer(Task& task, Optimizers optimizers, const data::Dataset& dataset, TrainOptions options,
          Observers observers);

  // Where checkpoints go, and what is said in them; without it none are written.
  void write_checkpoints(std::filesystem::path path, CheckpointInfo info);
  // Goes on where the checkpoint was written.
  void resume(const Checkpoint& checkpoint);

  // For what the observers are told besides.
  TrainResult run(RunInfo info);

 private:
  void use_averages() const;
  void watch();
  void prepare();
  void train_to(std::uint64_t step);
  void take(std::span<const StepRecord> records, double seconds);
  void tell(const StepRecord& record, double ms);
  void limit_steps(double begun);
  std::uint64_t next_stop() const;
  bool stopping() const;
  void begin_epoch();
  double meet();
  void advance();
  void finish_steps(std::uint64_t updates);
  void train_epoch(double& begun);
  bool linger();
  void finish_round();
  void save_again();
  void know_hyperparameters();
  void keep_checkpoint();
  std::filesystem::path link_checkpoint(const std::string& name) const;
  void event(std::string_view name, std::string_view detail);

  // What a call of the control can have.
  Task& task() override { return task_; }
  std::span<optim::Optimizer* const> optimizers() override { return optimizers_; }
  const data::Dataset& dataset() const override { return dataset_; }
  BatchedFunction& step() override { return *function_; }
  Moment moment() const override;
  const std::vector<NamedValue>& hyperparameters() const override { return hyperparameters_; }
  void set_hyperparameter(std::string_view name, double value) override;
  StepProfile profile_step() override;
  void save() override;
  void roll_back(const std::string& name) override;

  template <class Call>
  void each(Call call) {
    for (const auto& observer : observers_) call(*observer);
  }

  Task& task_;
  Optimizers optimizers_;
  const data::Dataset& dataset_;
  TrainOptions options_;
  Observers observers_;
  std::filesystem::path checkpoint_;
  CheckpointInfo info_;
  std::shared_ptr<Storage> clock_;
  Patience patience_;

  std::optional<BatchedFunction> function_;
  std::optional<Evaluator> evaluator_;
  std::optional<Generator> generator_;
  std::int64_t step_rows_ = 0;  // of an update: of all its batches
  std::uint64_t epoch_steps_ = 0, last_step_ = 0;
  std::uint64_t round_steps_ = 0;            // of the fewest whole epochs that an evaluation is for
  std::uint64_t step_ = 0;                   // updates whose records were taken
  std::uint64_t saved_ = ~std::uint64_t{0};  // the step of the newest checkpoint
  std::uint64_t first_step_ = 0;             // of this session
  std::uint64_t skipped_in_a_row_ = 0;
  std::vector<NamedValue> scalars_;  // of the step being told, without loss and skipped
  std::uint64_t evaluated_ = 0;
  bool limited_ = false;  // the run was cut to a time
  std::deque<std::filesystem::path> kept_;
  double seconds_ = 0;  // of training
  std::vector<NamedValue> hyperparameters_;
  bool rolled_back_ = false;  // and the epoch's order is another
  std::int64_t steps_per_submission_ = 1;
  double timed_ms_ = 0;  // of the steps after the first two
  std::uint64_t timed_steps_ = 0;
  TrainResult result_;
};

}  // namespace lemnos
