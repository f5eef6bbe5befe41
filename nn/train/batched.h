// SPDX-License-Identifier: Apache-2.0
// A function run over the batches of a data set, many batches to a submission, nothing read back
// meanwhile but the scalars it observes.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/datasets/dataset.h"
#include "nn/train/input_ring.h"
#include "runtime/exec/program.h"
#include "runtime/graph/trace.h"

namespace lemnos {

// What one step observed; values in the order of BatchedFunction::names().
struct StepRecord {
  std::uint64_t step = 0;
  std::span<const float> values;
};

class BatchedFunction {
 public:
  // Records what one step does, with the batch as it is stored (u8 images, u32 classes); targets is
  // empty when the split has none. Called once for the batch size, and once more for the last,
  // short batch where the sizes do not divide. observe() names the scalars that come back. What it
  // returns, f32 [rows, ...] or nothing, is kept on the device for every row of the split.
  using Body = std::function<Tensor(const Tensor& inputs, const Tensor& targets)>;

  // The split is copied to the device once and batches are gathered there by the order given to
  // begin_epoch. One that is too large for that (ExecOptions::data_memory) must outlive this: its
  // batches are streamed (InputRing), and the results are the same bits. Functions that share a
  // clock count the same steps.
  BatchedFunction(std::string name, const data::Split& split, std::int64_t batch, Body body,
                  bool training, std::shared_ptr<Storage> clock,
                  ExecOptions options = ExecOptions::from_environment())
      : BatchedFunction(std::move(name), split.inputs, split.targets, batch, std::move(body),
                        training, std::move(clock), options) {}
  BatchedFunction(std::string name, const data::Array& inputs, const data::Array& targets,
                  std::int64_t batch, Body body, bool training, std::shared_ptr<Storage> clock,
                  ExecOptions options = ExecOptions::from_environment());

  // Starts a pass over the split in this order, at batch `first`. Waits for steps under way.
  void begin_epoch(std::vector<std::uint32_t> order, std::int64_t first = 0);
  std::int64_t batches() const;                  // in an epoch, the short one included
  std::int64_t queued() const { return next_; }  // of this epoch's
  std::int64_t rows(std::int64_t batch) const;   // in that batch

  // Queues the next `count` batches, fewer at the end of the epoch; returns how many. Neither this
  // nor collect() takes memory once the first batches have run.
  std::int64_t queue(std::int64_t count);

  // Queues the next batch as one step that is timed (Program::submit_timed); its record comes like
  // any other's. False, and nothing is queued, where queue(1) would return 0.
  bool queue_timed();
  StepProfile profile() const;  // of the last step of queue_timed(); waits

  // Records of the steps done since the last call, in order; good until the next call. wait: of all
  // steps queued.
  std::span<const StepRecord> collect(bool wait);
  const std::vector<std::string>& names() const { return names_; }

  // What the body returned, of the steps queued so far, in the order of the epoch: f32 [N, ...]; no
  // bytes where it returns nothing. Waits.
  data::Array results() const;

  // The program of the full batch (of the short one when there is no other).
  const Program& program() const { return *(full_ ? full_ : tail_); }
  Program& program() { return *(full_ ? full_ : tail_); }
  std::uint64_t submissions() const;

 private:
  struct Pending {
    std::uint64_t submission, last_step;
  };
  std::unique_ptr<Program> trace(std::int64_t rows);
  Tensor batch_of(Trace& trace, const data::Array& array, const std::shared_ptr<Storage>& storage,
                  std::int64_t rows) const;
  void keep(Trace& trace, const Tensor& values, std::int64_t rows);
  void make_ring();
  std::int64_t room() const;  // batches that may be queued now
  void note(std::int64_t count, std::uint64_t submission);

  std::string name_;
  const data::Array& input_rows_;
  const data::Array& target_rows_;
  std::int64_t batch_;
  Body body_;
  bool training_;
  ExecOptions options_;
  std::shared_ptr<Storage> clock_, ring_, inputs_, targets_, order_storage_, results_;
  Shape results_shape_;
  std::vector<std::string> names_;
  std::vector<std::uint32_t> order_;
  std::unique_ptr<InputRing> stream_;  // of rows that do not live on the device
  std::unique_ptr<Program> full_, tail_;
  const Program* timed_ = nullptr;  // which of them the last queue_timed() ran
  std::int64_t next_ = 0;
  std::uint64_t step_ = 0;       // the last step queued
  std::uint64_t collected_ = 0;  // the last step whose record was taken
  std::vector<Pending> pending_;
  std::vector<StepRecord> records_;  // what collect() returned last, and their values
  std::vector<float> values_;
};

// The step a clock stands at: the number the next step will have, from 1.
std::uint64_t clock_step(const Storage& clock);
void set_clock_step(Storage& clock, std::uint64_t step);

}  // namespace lemnos
