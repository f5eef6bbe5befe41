// SPDX-License-Identifier: Apache-2.0
// A graph ready to run: planned once, recorded once, replayed for every step.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/exec/plan.h"
#include "runtime/exec/profile.h"
#include "runtime/gpu/buffer.h"
#include "runtime/gpu/commands.h"
#include "runtime/gpu/device.h"

namespace lemnos {

class Program {
 public:
  // Plans, allocates and records; fails where the device cannot hold or run the graph.
  Program(std::string name, const Graph& graph, std::shared_ptr<gpu::Device> device,
          ExecOptions options = ExecOptions::from_environment());
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Copies values for input i of the graph; waits for steps under way, which may still read it.
  void set_input(std::uint32_t i, std::span<const std::byte> values);

  // Queues `steps` replays as one submission (each on its own with ExecOptions::replay off) and
  // returns at once, without allocating; more than max_steps at once is cut into several. The
  // number is the queue's, of the last submission.
  std::uint64_t submit(std::uint32_t steps = 1);
  static constexpr std::uint32_t max_steps = 64;

  // Queues one step with its dispatches one by one, each between two timestamps; otherwise it is a
  // step like any other, and its values are the same bits. Fails on a device without timestamps.
  std::uint64_t submit_timed();
  void prepare_timed();         // records it, as the first submit_timed() would
  StepProfile profile() const;  // of the last step of submit_timed(); waits

  void wait() const;  // until every step submitted so far is done
  bool done() const;

  // Copies output i of the last step submitted; waits for it.
  void read_output(std::uint32_t i, std::span<std::byte> values) const;
  std::vector<float> output(std::uint32_t i) const;

  std::uint32_t outputs() const { return static_cast<std::uint32_t>(output_.size()); }
  const TensorType& output_type(std::uint32_t i) const {
    return plan_.graph[plan_.graph.outputs.at(i)].type;
  }

  // Submissions that a step takes: several where it is long and the device may have a watchdog.
  std::size_t segments() const { return segments_.size(); }
  // Those of one step, for who submits it himself, among other recordings; wait() and the rest do
  // not know of it.
  std::vector<const gpu::Recording*> recordings() const;

  const PlanStats& stats() const { return plan_.stats; }
  const Plan& plan() const { return plan_; }
  std::uint64_t submissions() const { return submissions_; }

  // The plan and its counters in words, as `--trace 1` prints them. `--trace 2` adds the profile of
  // the third step.
  std::string describe() const;

 private:
  using Segments = std::vector<std::unique_ptr<gpu::Recording>>;
  void allocate();
  Segments record(gpu::Timestamps* timestamps) const;
  std::uint64_t work_of(const Dispatch& dispatch) const;
  void record_dispatch(const PlannedDispatch& planned, gpu::Recording& recording) const;
  void submit_now(std::uint32_t steps);
  void submit_now(const Segments& segments);
  const gpu::Buffer& buffer(std::uint32_t index) const;

  std::string name_;
  std::shared_ptr<gpu::Device> device_;
  ExecOptions options_;
  Plan plan_;
  std::vector<gpu::Buffer> owned_;    // by plan buffer; empty for storages
  std::vector<std::uint32_t> input_;  // plan buffer of each input; no_buffer: unused
  std::vector<std::uint32_t> output_;
  Segments segments_;                           // the step, cut at waves
  std::vector<const gpu::Recording*> replays_;  // a step of one segment, max_steps times
  // Of submit_timed(): a timestamp where each segment begins and after each dispatch.
  Segments timed_segments_;
  std::unique_ptr<gpu::Timestamps> timestamps_;
  std::uint64_t steps_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t submissions_ = 0;
};

}  // namespace lemnos
