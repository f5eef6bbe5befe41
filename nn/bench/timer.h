// SPDX-License-Identifier: Apache-2.0
// Times what was recorded, again and again, on the device's clock and on the host's. When such
// times are stable: see statistics.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "runtime/exec/options.h"
#include "runtime/gpu/commands.h"
#include "runtime/gpu/device.h"

namespace lemnos::bench {

// How much is measured of one row.
struct Effort {
  int warm_up = 5;
  int repetitions = 20;  // at least
  double seconds = 0.3;  // at least, but no more than `most` repetitions
  int most = 1000;
  // For all attempts; then `few` repetitions are enough, and after three times as long `least`.
  double most_seconds = 6;
  int few = 10;
  static constexpr int least = 3;
  int attempts = 4;       // until one is stable
  Tune tune = Tune::off;  // how programs choose their kernels

  static Effort quick() { return {.seconds = 0.1, .most_seconds = 2, .few = 5, .attempts = 2}; }
};

struct Timing {
  std::vector<double> gpu_ms, wall_ms;  // of one repetition; gpu_ms is empty without timestamps
  bool stable = true;
};

// Of several attempts none of which is stable, the one that varies least counts. All of them end
// early, with what there is, when the program is asked to stop.
class Timer {
 public:
  Timer(std::shared_ptr<gpu::Device> device, Effort effort);

  using Step = std::span<const gpu::Recording* const>;
  // The step is one submission; where it has several recordings, each is one. It holds `parts`
  // equal pieces of work, and times are of one.
  Timing time(Step step, int parts = 1);
  // What takes its time on the host.
  Timing time_host(const std::function<void()>& work, int parts = 1);
  // Milliseconds of a single run.
  double once(Step step);

  const Effort& effort() const { return effort_; }
  const std::shared_ptr<gpu::Device>& device() const { return device_; }

 private:
  struct Once {
    double gpu_ms = 0, wall_ms = 0;
  };
  Once run(Step step);
  Timing time(const std::function<Once()>& work, int parts, bool timestamps);
  Timing attempt(const std::function<Once()>& work, int parts, bool timestamps);

  std::shared_ptr<gpu::Device> device_;
  Effort effort_;
  std::optional<gpu::Timestamps> timestamps_;  // when a step begins and when it is done
  std::optional<gpu::Recording> begin_, end_;
};

}  // namespace lemnos::bench
