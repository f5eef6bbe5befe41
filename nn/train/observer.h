// SPDX-License-Identifier: Apache-2.0
// What a training run tells those who watch it: a console, a metrics file, a viewer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/array.h"

namespace lemnos {

struct NamedValue {
  std::string name;
  double value = 0;
};

// Where a run stands.
struct Moment {
  std::uint64_t step = 0;  // updates done
  double epoch = 0;        // passes over the training split; 1.5 is half-way through the second
  double seconds = 0;      // of training, continued over resumes
};

struct RunInfo {
  std::string model;
  std::string data;
  std::string device;
  std::string precision = "f32";  // of activations and operands: f32, f16 or bf16
  std::uint64_t parameters = 0;
  Moment start;                 // step 0 unless resumed
  std::uint64_t last_step = 0;  // the step after which the run ends
  std::uint64_t epoch_steps = 0;
};

struct StepInfo {
  Moment moment;
  std::uint64_t last_step = 0;  // after which the run ends, as far as is known now
  double loss = 0;
  std::span<const NamedValue> scalars;  // what else the step observed
  double ms = 0;                        // of this step
};

// All on the thread that trains, in the order of the steps; they should return soon, and on_step
// without allocating: those below do.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_start(const RunInfo&) {}
  virtual void on_step(const StepInfo&) {}
  // Metrics of a whole split ("train", "test").
  virtual void on_eval(const Moment&, std::string_view /*split*/, std::span<const NamedValue>) {}
  // Images [N, H, W, C], u8 or f32 in [0, 1].
  virtual void on_samples(const Moment&, const data::Array& /*images*/) {}
  // "resume", "checkpoint", "skipped" (an update, because of a loss or gradient that is not
  // finite), "limit" (the run will end earlier than asked), "edit" (of a learning rate, by hand),
  // "rollback".
  virtual void on_event(const Moment&, std::string_view /*event*/, std::string_view /*detail*/) {}
  // The run goes on from this moment, of an earlier step: what was told from beyond is undone.
  virtual void on_rollback(const Moment&) {}
  virtual void on_end(const Moment&) {}
  // A checkpoint is about to be written: what was told so far must outlive a crash after it.
  virtual void flush() {}
};

using Observers = std::vector<std::shared_ptr<Observer>>;

// Progress on standard error: a bar with loss, steps a second and the time left on a terminal, a
// line now and then elsewhere.
std::shared_ptr<Observer> console_observer();

// One JSON object a line, as the run folder's metrics.jsonl holds them. Lines are kept back for up
// to half a second.
std::shared_ptr<Observer> jsonl_observer(std::filesystem::path file);
// Cuts the lines of such a file from beyond a step.
void cut_metrics(const std::filesystem::path& file, std::uint64_t step);

// folder/step-N.png: a grid of each set of samples.
std::shared_ptr<Observer> png_observer(std::filesystem::path folder);

}  // namespace lemnos
