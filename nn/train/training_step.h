// SPDX-License-Identifier: Apache-2.0
// What the trainer records for every step: a task's losses, their gradients and the updates.
#pragma once

#include <cstdint>
#include <span>

#include "nn/optim/optimizer.h"
#include "nn/train/augmentation.h"
#include "nn/train/task.h"

namespace lemnos {

struct TrainingStep {
  const Task& task;
  std::span<optim::Optimizer* const> optimizers;  // one for each of the task's parts
  // More rows than this are cut into batches of so many, of a task with one loss: one update sees
  // the mean of their gradients, and one batch after the other has the memory.
  std::int64_t batch = 0;
  Augmentation augmentation = {};

  // observe()s what the task does, "skipped", and where there are such "gradient_norm",
  // "loss_scale" and "learning_rate", of several parts with their names: "gradient_norm_generator".
  void record(const Tensor& inputs, const Tensor& targets) const;

 private:
  void update(std::size_t part, const Tensor& loss) const;
  void accumulate(const Tensor& inputs, const Tensor& targets) const;
  void observe_updates() const;
};

}  // namespace lemnos
