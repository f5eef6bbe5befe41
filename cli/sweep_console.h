// SPDX-License-Identifier: Apache-2.0
// What a sweep shows while it runs, on standard error: the trial under way with its progress, the
// best so far and the time left; and a line for each run that has ended.
#pragma once

#include <memory>

#include "nn/train/sweep.h"

namespace lemnos::cli {

// "lr=0.01 hidden=64"; "" for none.
std::string text_of(const std::vector<Setting>& settings);

class SweepConsole : public Sweep::Watcher {
 public:
  explicit SweepConsole(const Sweep& sweep);
  ~SweepConsole() override;
  SweepConsole(const SweepConsole&) = delete;
  SweepConsole& operator=(const SweepConsole&) = delete;

  Observers begin(const SweepRun& run) override;
  void end(const SweepRun& run) override;

 private:
  class Progress;
  std::string name_of(const SweepRun& run) const;  // "trial 3 of 8, fold 1 of 5"
  std::string outlook(double share) const;         // "; best accuracy 0.95 (trial 2); 3m left"

  const Sweep& sweep_;
  std::size_t ended_ = 0, left_ = 0;  // runs: in this session
  double begun_;
};

}  // namespace lemnos::cli
