// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/timer.h"

#include <algorithm>
#include <cmath>

#include "nn/bench/statistics.h"
#include "runtime/base/os.h"
#include "runtime/gpu/queue.h"

namespace lemnos::bench {
namespace {

const std::vector<double>& times_of(const Timing& timing) {
  return timing.gpu_ms.empty() ? timing.wall_ms : timing.gpu_ms;
}

// How far from stable: attempts are compared by it.
double unrest(const Timing& timing) {
  const Stability stability = Stability::of(times_of(timing));
  return std::max(stability.variation, std::abs(stability.drift));
}

}  // namespace

Timer::Timer(std::shared_ptr<gpu::Device> device, Effort effort)
    : device_(std::move(device)), effort_(effort) {
  begin_.emplace(*device_, "step begins");
  end_.emplace(*device_, "step is done");
  if (device_->caps().timestamp_period > 0) {
    timestamps_.emplace(*device_, 2);
    begin_->timestamp(*timestamps_, 0);
    end_->timestamp(*timestamps_, 1);
  }
  begin_->end();
  end_->host_barrier();
  end_->end();
}

Timer::Once Timer::run(Step step) {
  gpu::Queue& queue = device_->queue();
  const double began = os::seconds();
  std::uint64_t last = 0;
  if (step.size() == 1) {
    const gpu::Recording* const all[] = {&*begin_, step[0], &*end_};
    last = queue.submit(all);
  } else {
    queue.submit(*begin_);
    for (const gpu::Recording* recording : step) queue.submit(*recording);
    last = queue.submit(*end_);
  }
  queue.wait(last);
  Once once{.wall_ms = (os::seconds() - began) * 1e3};
  if (timestamps_) {
    const std::vector<double> seconds = timestamps_->seconds();
    once.gpu_ms = (seconds[1] - seconds[0]) * 1e3;
  }
  return once;
}

double Timer::once(Step step) {
  const Once once = run(step);
  return timestamps_ ? once.gpu_ms : once.wall_ms;
}

Timing Timer::time(Step step, int parts) {
  return time([&] { return run(step); }, parts, timestamps_.has_value());
}

Timing Timer::time_host(const std::function<void()>& work, int parts) {
  return time(
      [&] {
        const double began = os::seconds();
        work();
        return Once{.wall_ms = (os::seconds() - began) * 1e3};
      },
      parts, false);
}

Timing Timer::attempt(const std::function<Once()>& work, int parts, bool timestamps) {
  Timing timing;
  const double began = os::seconds();
  const auto enough = [&](int done) {
    const double seconds = os::seconds() - began;
    return os::stop_requested() || done >= effort_.most ||
           (done >= effort_.repetitions && seconds >= effort_.seconds) ||
           (done >= effort_.few && seconds >= effort_.most_seconds) ||
           (done >= Effort::least && seconds >= 3 * effort_.most_seconds);
  };
  for (int done = 0; done == 0 || !enough(done); ++done) {
    const Once once = work();
    if (timestamps) timing.gpu_ms.push_back(once.gpu_ms / parts);
    timing.wall_ms.push_back(once.wall_ms / parts);
  }
  timing.stable = Stability::of(times_of(timing)).verdict == Verdict::stable;
  return timing;
}

Timing Timer::time(const std::function<Once()>& work, int parts, bool timestamps) {
  const double began = os::seconds();
  const auto spent = [&] { return os::seconds() - began; };
  for (int i = 0; i < effort_.warm_up && !os::stop_requested(); ++i) {
    work();
    if (spent() > effort_.most_seconds / 2) break;
  }
  Timing best = attempt(work, parts, timestamps);
  for (int i = 1; i < effort_.attempts && !best.stable && !os::stop_requested(); ++i) {
    if (spent() > effort_.most_seconds) break;
    Timing next = attempt(work, parts, timestamps);
    if (next.stable || unrest(next) < unrest(best)) best = std::move(next);
  }
  return best;
}

}  // namespace lemnos::bench
