// SPDX-License-Identifier: Apache-2.0
#include "nn/train/evaluator.h"

#include "data/loader.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/queue.h"

namespace lemnos {
namespace {

// Not the training's batch size: results must not depend on it, and one row at a time is slow.
constexpr std::int64_t batch = 128;
constexpr std::int64_t steps_per_submission = 8;

}  // namespace

Evaluator::Evaluator(const Task& task, const data::Split& split, std::uint64_t seed,
                     ExecOptions options, const std::function<void()>& first)
    : task_(task),
      split_(split),
      clock_(make_clock(seed)),
      function_(
          "evaluate", split, batch,
          [&task, first](const Tensor& inputs, const Tensor& targets) {
            first();
            return task.evaluate(inputs, targets);
          },
          false, clock_, options) {}

Metrics Evaluator::run() {
  set_clock_step(*clock_, 1);
  function_.begin_epoch(data::in_order(static_cast<std::uint32_t>(split_.rows())));
  std::vector<double> means(function_.names().size());
  std::int64_t taken = 0;
  const auto take = [&](bool wait) {
    for (const StepRecord& record : function_.collect(wait)) {
      // Batches count by their rows: the last one may be short.
      const double weight =
          static_cast<double>(function_.rows(taken++)) / static_cast<double>(split_.rows());
      for (std::size_t i = 0; i < means.size(); ++i) means[i] += record.values[i] * weight;
    }
  };
  std::uint64_t before = 0;  // the submission before the newest: two are in flight
  while (function_.queued() < function_.batches()) {
    function_.queue(steps_per_submission);
    if (before != 0) device()->queue().wait(before);
    before = device()->queue().last();
    take(false);
  }
  take(true);
  return task_.metrics(means, function_.results(), split_);
}

}  // namespace lemnos
