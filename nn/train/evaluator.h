// SPDX-License-Identifier: Apache-2.0
// The metrics of a task over a whole split. Rows come in file order and random numbers repeat from
// one run() to the next, so that only the weights make a difference.
#pragma once

#include <vector>

#include "nn/train/batched.h"
#include "nn/train/task.h"

namespace lemnos {

class Evaluator {
 public:
  // task and split must outlive this; the split is preprocessed and has rows. first: recorded
  // before all else, as to which values the weights have.
  Evaluator(
      const Task& task, const data::Split& split, std::uint64_t seed,
      ExecOptions options = ExecOptions::from_environment(),
      const std::function<void()>& first = [] {});
  Metrics run();
  // What the task returned for each row in the last run: logits [N, C] or [N, 1] of classes,
  // predictions [N, 1] of a number; no bytes of other tasks.
  data::Array rows() const { return function_.results(); }

 private:
  const Task& task_;
  const data::Split& split_;
  std::shared_ptr<Storage> clock_;
  BatchedFunction function_;
};

}  // namespace lemnos
