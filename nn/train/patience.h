// SPDX-License-Identifier: Apache-2.0
// Early stopping: a run ends when its evaluations have not become better for some time
// (Prechelt 1998).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace lemnos {

class Patience {
 public:
  // Ends after `evaluations` in a row that are no better than the best; 0: never.
  explicit Patience(std::int64_t evaluations = 0, bool larger_is_better = false)
      : evaluations_(evaluations), larger_is_better_(larger_is_better) {}

  // Takes the figure of an evaluation at a step. True where it is the best so far; a figure that is
  // not finite never is.
  bool take(std::uint64_t step, double value);
  bool over() const { return evaluations_ > 0 && since_ >= evaluations_; }

  std::uint64_t best_step() const { return best_step_; }  // 0: none yet
  double best() const { return best_; }
  std::int64_t since() const { return since_; }  // evaluations after the best

  // What a checkpoint keeps of it. Fails where the JSON is no such thing.
  nlohmann::json to_json() const;
  void resume(const nlohmann::json& stored);

 private:
  std::int64_t evaluations_;
  bool larger_is_better_;
  std::uint64_t best_step_ = 0;
  double best_ = 0;
  std::int64_t since_ = 0;
};

}  // namespace lemnos
