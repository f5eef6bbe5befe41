// SPDX-License-Identifier: Apache-2.0
// Images from a generative model, and any model's answers for given rows.
#pragma once

#include "nn/compile.h"
#include "nn/train/task.h"

namespace lemnos {

class Generator {
 public:
  // Made `batch` at a time. The same seed gives the same codes: in grids of one run, only the
  // weights differ. first: as Evaluator's.
  Generator(
      const Task& task, std::int64_t batch, std::uint64_t seed,
      const std::function<void()>& first = [] {});
  data::Array images(std::int64_t count);  // f32 [count, H, W, C] in [0, 1]

 private:
  std::int64_t batch_;
  std::shared_ptr<Storage> clock_;
  CompiledFunction function_;
};

// What `ask` records of rows as they are stored, `batch` of them at a time: f32 [N, ...] each. Not
// training.
using Ask = std::function<std::vector<Tensor>(const Tensor& rows)>;
class Answers {
 public:
  explicit Answers(Ask ask, std::int64_t batch = 128);
  // With the weights of now. What was compiled for rows of this shape is used again.
  std::vector<data::Array> of(const data::Array& inputs);

 private:
  std::int64_t batch_;
  CompiledFunction function_;
};
// Once.
std::vector<data::Array> answers(const data::Array& inputs, const Ask& ask,
                                 std::int64_t batch = 128);

}  // namespace lemnos
