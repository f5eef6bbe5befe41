// SPDX-License-Identifier: Apache-2.0
// Steers a training run from other threads, between two of its steps.
//
//   Control control;
//   std::jthread training([&] { train(run, folder, {}, 0, exec, &control); });
//   control.pause();
//   control.step(3);
//   control.set_hyperparameter("learning_rate", 1e-4);
//   control.call([](Between& between) { look_at(between.task()); }).get();
//
// The training looks at it where nothing is in flight. A run that nobody steers computes the same
// bits at the same speed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <limits>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/train/observer.h"
#include "runtime/exec/profile.h"

namespace lemnos::data {
struct Dataset;
}

namespace lemnos::optim {
class Optimizer;
}

namespace lemnos {

class BatchedFunction;
class Task;

// What a call sees of the run, on the thread that trains. The device is idle.
class Between {
 public:
  virtual ~Between() = default;
  virtual Task& task() = 0;
  virtual std::span<optim::Optimizer* const> optimizers() = 0;  // of each part of the task
  virtual const data::Dataset& dataset() const = 0;             // preprocessed
  virtual BatchedFunction& step() = 0;                          // the training step
  virtual Moment moment() const = 0;

  // Of the optimizers, as they have them: "learning_rate" (before the schedule), and where there is
  // such "weight_decay" and "clip_norm". One that is set holds for all of them.
  virtual const std::vector<NamedValue>& hyperparameters() const = 0;
  virtual void set_hyperparameter(std::string_view name, double value) = 0;
  // One update, each of its dispatches timed. Fails where there is none left.
  virtual StepProfile profile_step() = 0;
  virtual void save() = 0;
  virtual void roll_back(const std::string& checkpoint) = 0;

  // The same call comes once more, after exactly so many more updates; at least 1.
  void again(std::uint64_t updates) { again_ = updates; }

 private:
  friend class Control;
  std::uint64_t again_ = 0;
};

class Control {
 public:
  enum class State { starting, running, paused, ended };
  struct Status {
    State state = State::starting;
    Moment moment;
    std::vector<NamedValue> hyperparameters;
  };

  // changed: called on the training thread when the state, but not only the moment, is another.
  explicit Control(std::function<void()> changed = {});
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // All of these are for any thread, and before the run begins as well. What was said last counts,
  // but the updates of several step() add up.
  void pause();
  void go_on();
  void step(std::uint64_t updates = 1);  // so many more, then paused
  void epoch();                          // to the end of this epoch, then paused
  void stop();                           // the run ends, saved, where it stands; for good
  // After its last step the run stays, paused, so that calls are still answered, until stop(). One
  // that is rolled back from there goes on when asked to.
  void linger() { lingers_ = true; }

  // Called once, or as often as it asks for with Between::again(). The future is ready after the
  // last time; what a call throws comes out there and is no matter to the training. Calls that the
  // run ended before fail. Never wait for one on the training thread.
  using Call = std::function<void(Between&)>;
  std::future<void> call(Call call);

  // From the next update on: logged, and kept by checkpoints.
  std::future<void> set_hyperparameter(std::string name, double value);
  std::future<void> save();
  // To the newest checkpoint, or the one in the run's folder that is named
  // ("checkpoint-40.safetensors"), and from there on as if it had never gone further: lines of its
  // metrics from beyond are cut.
  std::future<void> roll_back(std::string checkpoint = "");

  Status status() const;

  // For the thread that trains.
  bool interrupts() const { return interrupts_.load(std::memory_order_relaxed); }
  bool stopping() const;
  bool lingers() const { return lingers_; }
  // Calls what is due, and comes back when the training is to go on, or stop.
  void meet(Between& between);
  void tell(const Moment& moment);
  // So many updates were done, and with them an epoch or not.
  void advance(std::uint64_t updates, bool epoch_ended);
  // How many there may be before it has to meet again.
  std::uint64_t updates_left() const;
  void end();  // no more of it: calls that wait fail

 private:
  static constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();
  enum class Pace { free, paused, steps, epoch };
  struct Job {
    Call call;
    std::promise<void> done;
    std::uint64_t left = 0;  // updates until it is due
    bool called = false;
  };
  void ask(Pace pace, std::uint64_t steps);
  void take_pace();
  void look_at(const Between& between);
  bool call_due(std::unique_lock<std::mutex>& lock, Between& between);
  void fail_calls();
  void wait(std::unique_lock<std::mutex>& lock);
  void enter(std::unique_lock<std::mutex>& lock, State state);

  const std::function<void()> changed_;
  std::atomic<bool> lingers_ = false;
  std::atomic<bool> interrupts_ = false;  // something was asked that training does not know yet

  mutable std::mutex mutex_;  // of all that follows
  std::condition_variable asked_;
  bool pace_asked_ = false, stop_ = false;
  Pace next_pace_ = Pace::free, pace_ = Pace::free;
  std::uint64_t next_steps_ = 0, steps_ = 0;  // of Pace::steps
  std::list<Job> jobs_;                       // in the order they were asked for
  Status status_;
};

}  // namespace lemnos
