// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include "nn/train/observer.h"
#include "runtime/base/os.h"
#include "runtime/base/progress.h"

namespace lemnos {
namespace {

constexpr int standard_error = 2;
constexpr double redraw_seconds = 0.1;
constexpr double line_seconds = 10;  // between lines where there is no bar

class ConsoleObserver : public Observer {
 public:
  void on_start(const RunInfo& run) override {
    run_ = run;
    say(fmt::format("{} on {}: {} parameters, {} steps an epoch, on {}", run.model, run.data,
                    run.parameters, run.epoch_steps, run.device));
    if (run.precision != "f32")
      say(
          fmt::format("{}: activations and operands of products are stored in 16 bits; the kernels "
                      "compute in f32, as there are none with 16-bit arithmetic",
                      run.precision));
    begun_ = shown_ = os::seconds();
  }
  void on_step(const StepInfo& step) override {
    run_.last_step = step.last_step;
    // A running mean: single losses jump too much to be read.
    loss_ = seen_++ == 0 ? step.loss : loss_ + (step.loss - loss_) * 0.05;
    const double now = os::seconds();
    if (now - shown_ < (terminal_ ? redraw_seconds : line_seconds)) return;
    shown_ = now;
    if (terminal_) {
      draw(step.moment);
    } else {
      say(status(step.moment));
    }
  }
  void on_eval(const Moment& moment, std::string_view split,
               std::span<const NamedValue> metrics) override {
    std::string text = fmt::format("epoch {:.4g}, step {}: {}", moment.epoch, moment.step, split);
    for (const NamedValue& metric : metrics)
      if (!metric.name.ends_with("_micro"))  // the accuracy once more; metrics.jsonl has them
        text += fmt::format("  {} {:.4f}", metric.name, metric.value);
    say(text);
  }
  void on_event(const Moment& moment, std::string_view event, std::string_view detail) override {
    if (event == "skipped" && skipped_++ > 0) return;  // one line is enough; all are in the metrics
    if (event != "checkpoint") say(fmt::format("step {}: {}: {}", moment.step, event, detail));
  }
  void on_end(const Moment& moment) override {
    if (skipped_ > 1) say(fmt::format("{} updates were skipped", skipped_));
    if (seen_ > 0) say(status(moment));
  }

 private:
  double rate(const Moment& moment) const {
    const double elapsed = std::max(1e-9, os::seconds() - begun_);
    return (static_cast<double>(moment.step) - static_cast<double>(run_.start.step)) / elapsed;
  }
  // In the buffer's own room: a step takes no memory.
  fmt::memory_buffer status(const Moment& moment) const {
    const double speed = rate(moment);
    const auto left = static_cast<double>(run_.last_step - std::min(run_.last_step, moment.step));
    fmt::memory_buffer text;
    fmt::format_to(fmt::appender(text), "step {}/{}  epoch {:.2f}  loss {:.4f}  {:.1f} steps/s",
                   moment.step, run_.last_step, moment.epoch, loss_, speed);
    if (left > 0 && speed > 0)
      fmt::format_to(fmt::appender(text), "  {} left", duration_text(left / speed));
    return text;
  }
  void draw(const Moment& moment) {
    const fmt::memory_buffer status = this->status(moment);
    const auto last = static_cast<double>(std::max<std::uint64_t>(1, run_.last_step));
    draw_bar(static_cast<double>(moment.step) / last, {status.data(), status.size()});
    bar_ = true;
  }
  void say(const fmt::memory_buffer& line) { say({line.data(), line.size()}); }
  void say(std::string_view line) {
    fmt::print(stderr, "{}{}\n", bar_ ? "\r\x1b[K" : "", line);
    std::fflush(stderr);
    bar_ = false;
  }

  RunInfo run_;
  bool terminal_ = os::is_terminal(standard_error);
  bool bar_ = false;  // the cursor stands behind a bar
  double begun_ = 0, shown_ = 0, loss_ = 0;
  std::uint64_t seen_ = 0, skipped_ = 0;
};

}  // namespace

std::shared_ptr<Observer> console_observer() { return std::make_shared<ConsoleObserver>(); }

}  // namespace lemnos
