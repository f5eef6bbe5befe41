// SPDX-License-Identifier: Apache-2.0
// Many runs over settings of flags, one after the other in one process, and which are the best.
//
// The folder of a sweep holds sweep.json, with the plan and what has come of it, and the folders of
// the runs: trial-3, of k-fold trial-3/fold-1. Each of them can be used like any other run.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nn/train/run.h"
#include "nn/train/sweep_plan.h"

namespace lemnos {

// One run of a trial: of one fold where there are folds.
struct SweepRun {
  std::size_t trial = 1;  // from 1
  std::optional<std::int64_t> fold;
  std::vector<Setting> settings;
  std::vector<NamedValue> metrics;  // of what is held out, at the end; empty: it has not ended
  std::string error;                // why it failed; empty: it did not

  std::string folder() const;  // inside that of the sweep
  bool open() const { return metrics.empty() && error.empty(); }
};

class Sweep {
 public:
  // A new one. Empty: runs/sweep-MODEL-N. Wrong usage: anything is in the folder.
  static Sweep create(const std::filesystem::path& folder, SweepPlan plan, std::string metric);
  static Sweep open(const std::filesystem::path& folder);
  static bool is_in(const std::filesystem::path& folder);  // whether there is one to be opened

  const std::filesystem::path& folder() const { return folder_; }
  const SweepPlan& plan() const { return plan_; }
  std::span<const SweepRun> runs() const { return runs_; }
  // What ranks the trials. Wrong usage: one of which nobody knows whether more of it is better, or
  // that runs which have ended lack.
  const std::string& metric() const { return metric_; }
  void rank_by(std::string metric);

  // Before a run: it is called with what is to be observed. After it, with what came of it.
  struct Watcher {
    virtual ~Watcher() = default;
    virtual Observers begin(const SweepRun&) { return {}; }
    virtual void end(const SweepRun&) {}
  };
  // Trains what is left to be trained. A run whose folder has a checkpoint goes on from there; one
  // that failed before is tried again. An error ends its trial, not the others, unless the device
  // is lost. Returns early, with the run under way saved, when a stop is requested (os.h).
  // make: a run with new weights, from the arguments of `train`.
  using Make = std::function<Run(const std::vector<std::string>& arguments)>;
  void run(const Make& make, Watcher& watcher, const ExecOptions& exec);

 private:
  Sweep(std::filesystem::path folder, SweepPlan plan);
  bool train_one(SweepRun& run, const Make& make, Observers observers, const ExecOptions& exec);
  void save() const;

  std::filesystem::path folder_;
  SweepPlan plan_;
  std::string metric_;
  std::vector<SweepRun> runs_;
};

// What came of a trial.
struct SweepTrial {
  std::size_t number = 1;
  std::vector<Setting> settings;
  std::vector<std::string> folders;  // of its runs
  std::string error;                 // of the first that failed
  bool finished = false;             // all of them
  double value = 0, spread = 0;      // of the metric that ranks; see below
  std::vector<NamedValue> metrics;   // means over the folds

  bool has_rank() const { return finished && std::isfinite(value); }
};

// Trials by a metric: the mean over a trial's folds, whose standard deviation (of a sample: divided
// by folds - 1) is the spread. The best first, equals in the order of the plan; those that are not
// finished, have failed, or lack a finite figure of it come last.
std::vector<SweepTrial> ranked(std::span<const SweepRun> runs, std::string_view metric);

}  // namespace lemnos
