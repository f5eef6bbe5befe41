// SPDX-License-Identifier: Apache-2.0
#include "nn/train/control.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "nn/optim/optimizer.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos {
namespace {

// A signal cannot wake a thread that waits: a paused one looks for it as often as this.
constexpr auto signal_interval = std::chrono::milliseconds(100);

std::exception_ptr run_ended() {
  return std::make_exception_ptr(Error("the run has ended: it takes no more of this"));
}

}  // namespace

Control::Control(std::function<void()> changed) : changed_(std::move(changed)) {}

Control::~Control() { fail_calls(); }

void Control::pause() { ask(Pace::paused, 0); }
void Control::go_on() { ask(Pace::free, 0); }
void Control::epoch() { ask(Pace::epoch, 0); }
void Control::step(std::uint64_t updates) {
  if (updates > 0) ask(Pace::steps, updates);
}

void Control::ask(Pace pace, std::uint64_t steps) {
  const std::scoped_lock lock(mutex_);
  const bool more = pace_asked_ && next_pace_ == Pace::steps && pace == Pace::steps;
  next_steps_ = more ? next_steps_ + steps : steps;
  next_pace_ = pace;
  pace_asked_ = true;
  interrupts_ = true;
  asked_.notify_all();
}

void Control::stop() {
  const std::scoped_lock lock(mutex_);
  stop_ = true;
  interrupts_ = true;
  asked_.notify_all();
}

bool Control::stopping() const {
  const std::scoped_lock lock(mutex_);
  return stop_;
}

std::future<void> Control::call(Call call) {
  Job job{.call = std::move(call), .done = {}};
  std::future<void> done = job.done.get_future();
  const std::scoped_lock lock(mutex_);
  if (stop_ || status_.state == State::ended) {
    job.done.set_exception(run_ended());
    return done;
  }
  jobs_.push_back(std::move(job));
  interrupts_ = true;
  asked_.notify_all();
  return done;
}

std::future<void> Control::set_hyperparameter(std::string name, double value) {
  optim::verify_hyperparameter(name, value);
  return call([name = std::move(name), value](Between& between) {
    between.set_hyperparameter(name, value);
  });
}

std::future<void> Control::save() {
  return call([](Between& between) { between.save(); });
}

std::future<void> Control::roll_back(std::string checkpoint) {
  return call([name = std::move(checkpoint)](Between& between) { between.roll_back(name); });
}

Control::Status Control::status() const {
  const std::scoped_lock lock(mutex_);
  return status_;
}

void Control::tell(const Moment& moment) {
  const std::scoped_lock lock(mutex_);
  status_.moment = moment;
}

void Control::meet(Between& between) {
  std::unique_lock lock(mutex_);
  check(status_.state != State::ended, "a Control is for one run");
  while (true) {
    interrupts_ = false;
    take_pace();
    look_at(between);
    if (call_due(lock, between)) continue;
    if (stop_ || os::stop_requested()) return;
    if (pace_ != Pace::paused) break;
    enter(lock, State::paused);
    wait(lock);
  }
  enter(lock, State::running);
}

// From here on a step() adds to those under way.
void Control::take_pace() {
  if (!std::exchange(pace_asked_, false)) return;
  const bool more = pace_ == Pace::steps && next_pace_ == Pace::steps;
  steps_ = more ? steps_ + next_steps_ : next_steps_;
  pace_ = next_pace_;
}

void Control::look_at(const Between& between) {
  status_.moment = between.moment();
  status_.hyperparameters = between.hyperparameters();
}

// True where there was one, and the world may have changed meanwhile.
bool Control::call_due(std::unique_lock<std::mutex>& lock, Between& between) {
  const auto due = std::ranges::find(jobs_, std::uint64_t{0}, &Job::left);
  if (due == jobs_.end()) return false;
  std::list<Job> now;
  now.splice(now.end(), jobs_, due);
  Job& job = now.front();
  between.again_ = 0;
  lock.unlock();
  std::exception_ptr error;
  try {
    job.call(between);
  } catch (...) {
    error = std::current_exception();
  }
  job.left = error ? 0 : between.again_;
  job.called = true;
  lock.lock();
  look_at(between);  // who waited for the call sees what it did
  if (error) {
    job.done.set_exception(error);
  } else if (job.left == 0) {
    job.done.set_value();
  }
  if (job.left > 0) jobs_.splice(jobs_.end(), now);
  return true;
}

void Control::wait(std::unique_lock<std::mutex>& lock) {
  while (!asked_.wait_for(lock, signal_interval, [this] { return interrupts_.load(); }))
    if (os::stop_requested()) return;
}

void Control::enter(std::unique_lock<std::mutex>& lock, State state) {
  if (std::exchange(status_.state, state) == state || !changed_) return;
  lock.unlock();
  changed_();
  lock.lock();
}

void Control::advance(std::uint64_t updates, bool epoch_ended) {
  const std::scoped_lock lock(mutex_);
  for (Job& job : jobs_) job.left -= std::min(job.left, updates);
  steps_ -= std::min(steps_, updates);
  if ((pace_ == Pace::steps && steps_ == 0) || (pace_ == Pace::epoch && epoch_ended))
    pace_ = Pace::paused;
}

std::uint64_t Control::updates_left() const {
  const std::scoped_lock lock(mutex_);
  std::uint64_t left = pace_ == Pace::steps ? steps_ : any;
  for (const Job& job : jobs_)
    if (job.left > 0) left = std::min(left, job.left);
  return left;
}

void Control::end() {
  std::unique_lock lock(mutex_);
  fail_calls();
  enter(lock, State::ended);
}

// Those that wanted only to be called again are done.
void Control::fail_calls() {
  for (Job& job : std::exchange(jobs_, {})) {
    if (job.called) {
      job.done.set_value();
    } else {
      job.done.set_exception(run_ended());
    }
  }
}

}  // namespace lemnos
