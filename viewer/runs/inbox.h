// SPDX-License-Identifier: Apache-2.0
// What a run tells, from the thread that trains to the thread that draws: plain data, put in one at
// a time and taken out all at once. Neither waits for more than a swap of the other.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nn/train/observer.h"

namespace lemnos::viewer {

// Steps in order; values hold a row of names.size() for each: "loss", "ms" and what else there is.
struct StepRows {
  std::vector<std::string> names;
  std::vector<Moment> moments;
  std::vector<double> values;

  double value(std::size_t step, std::size_t name) const {
    return values[step * names.size() + name];
  }
};

struct Mail {
  struct Evaluation {
    Moment moment;
    std::string split;
    std::vector<NamedValue> metrics;
  };
  struct Event {
    Moment moment;
    std::string name, detail;
  };
  struct Samples {
    Moment moment;
    data::Array images;
  };

  std::optional<RunInfo> started;  // the newest
  // The run went back: first of all, what was taken before of steps beyond this one goes.
  std::optional<std::uint64_t> cut_to;
  StepRows steps;
  std::vector<Evaluation> evaluations;
  std::vector<Event> events;
  std::vector<Samples> samples;  // the newest, at most Inbox::most_samples
  std::uint64_t last_step = 0;   // after which the run ends, as far as is known now
  bool ended = false;

  bool empty() const {
    return !started && !cut_to && steps.moments.empty() && evaluations.empty() && events.empty() &&
           samples.empty() && !ended;
  }
};

class Inbox {
 public:
  static constexpr std::size_t most_samples = 64;

  // wake: called, by the thread that puts, when there is something again.
  explicit Inbox(std::function<void()> wake = {}) : wake_(std::move(wake)) {}

  // Puts what a run tells. It must not outlive this.
  std::shared_ptr<Observer> observer();
  // What came since the last time. `into` is emptied first and its memory used again.
  void take(Mail& into);

 private:
  friend class InboxObserver;
  template <class Change>
  void put(Change change);

  std::function<void()> wake_;
  std::mutex mutex_;
  Mail mail_;
};

// The newest of values that come faster than they are looked at.
template <class T>
class Latest {
 public:
  explicit Latest(std::function<void()> wake = {}) : wake_(std::move(wake)) {}

  void put(T value) {
    std::optional<T> old(std::move(value));  // ends after the lock
    bool first = false;
    {
      const std::scoped_lock lock(mutex_);
      first = !value_;
      std::swap(value_, old);
    }
    if (first && wake_) wake_();
  }
  std::optional<T> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(value_, std::nullopt);
  }

 private:
  std::function<void()> wake_;
  std::mutex mutex_;
  std::optional<T> value_;
};

}  // namespace lemnos::viewer
