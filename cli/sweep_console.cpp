// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_console.h"

#include <algorithm>
#include <cstdio>

#include "runtime/base/os.h"
#include "runtime/base/progress.h"

namespace lemnos::cli {
namespace {

constexpr int standard_error = 2;
constexpr double redraw_seconds = 0.1;
constexpr double line_seconds = 10;  // between lines where there is no bar

}  // namespace

std::string text_of(const std::vector<Setting>& settings) {
  std::string text;
  for (const Setting& setting : settings)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", setting.name, setting.value);
  return text;
}

// Of the run under way.
class SweepConsole::Progress : public Observer {
 public:
  Progress(const SweepConsole& console, std::string name)
      : console_(console), name_(std::move(name)) {}
  ~Progress() override {
    if (bar_) clear_bar();
  }
  void on_step(const StepInfo& step) override {
    const double now = os::seconds();
    if (now - shown_ < (terminal_ ? redraw_seconds : line_seconds)) return;
    shown_ = now;
    const double share = static_cast<double>(step.moment.step) /
                         static_cast<double>(std::max<std::uint64_t>(1, step.last_step));
    const std::string text = fmt::format("{}: step {}/{}, loss {:.4f}{}", name_, step.moment.step,
                                         step.last_step, step.loss, console_.outlook(share));
    if (terminal_)
      draw_bar(share, text);
    else
      fmt::print(stderr, "{}\n", text);
    bar_ = terminal_;
  }
  void on_end(const Moment&) override {
    if (bar_) clear_bar();
    bar_ = false;
  }

 private:
  const SweepConsole& console_;
  std::string name_;
  bool terminal_ = os::is_terminal(standard_error), bar_ = false;
  double shown_ = os::seconds();
};

SweepConsole::SweepConsole(const Sweep& sweep) : sweep_(sweep), begun_(os::seconds()) {
  for (const SweepRun& run : sweep.runs())
    if (run.metrics.empty()) ++left_;
}

SweepConsole::~SweepConsole() = default;

std::string SweepConsole::name_of(const SweepRun& run) const {
  std::string name = fmt::format("trial {} of {}", run.trial, sweep_.runs().back().trial);
  if (run.fold) name += fmt::format(", fold {} of {}", *run.fold, sweep_.plan().folds.value_or(0));
  return name;
}

// share: how much of the run under way is done.
std::string SweepConsole::outlook(double share) const {
  std::string text;
  const SweepTrial best = ranked(sweep_.runs(), sweep_.metric()).front();
  if (best.has_rank())
    text = fmt::format("; best {} {:.4f} (trial {})", sweep_.metric(), best.value, best.number);
  const double done = static_cast<double>(ended_) + share;
  const double left = static_cast<double>(left_) - done;
  if (done > 0 && left > 0)
    text += fmt::format("; {} left", duration_text((os::seconds() - begun_) / done * left));
  return text;
}

Observers SweepConsole::begin(const SweepRun& run) {
  return {std::make_shared<Progress>(*this, name_of(run))};
}

void SweepConsole::end(const SweepRun& run) {
  ++ended_;
  const auto value = std::ranges::find(run.metrics, sweep_.metric(), &NamedValue::name);
  const std::string what = !run.error.empty() ? "failed: " + run.error
                           : value == run.metrics.end()
                               ? "no " + sweep_.metric()
                               : fmt::format("{} {:.4f}", sweep_.metric(), value->value);
  const std::string settings = text_of(run.settings);
  fmt::print(stderr, "{}{}: {}{}\n", name_of(run), settings.empty() ? "" : " (" + settings + ")",
             what, outlook(0));
}

}  // namespace lemnos::cli
