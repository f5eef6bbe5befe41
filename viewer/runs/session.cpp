// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/session.h"

#include <algorithm>
#include <charconv>
#include <ranges>
#include <utility>

#include "runtime/base/explain.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/queue.h"

namespace lemnos::viewer {
namespace {

namespace fs = std::filesystem;

// The window draws on the device that trains, in turn: what is queued before a frame must be short.
// Of a CPU, this much work is about 20 ms; GPUs have such a limit already.
constexpr std::uint64_t most_pending = 2;
constexpr std::uint64_t cpu_segment_work = 300'000;

ExecOptions exec_options() {
  ExecOptions exec = ExecOptions::from_environment();
  device()->queue().limit_pending(most_pending);
  if (device()->caps().type == gpu::DeviceType::cpu) exec.segment_work = cpu_segment_work;
  return exec;
}

// Of "checkpoint-40.safetensors".
std::optional<std::uint64_t> step_of(std::string_view name) {
  constexpr std::string_view before = "checkpoint-", after = ".safetensors";
  if (!name.starts_with(before) || !name.ends_with(after)) return std::nullopt;
  name.remove_prefix(before.size());
  name.remove_suffix(after.size());
  std::uint64_t step = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return step;
}

}  // namespace

const char* word_of(Session::State state) {
  constexpr const char* words[] = {"opening data", "compiling", "running", "paused",
                                   "ended",        "stopped",   "failed"};
  return words[static_cast<int>(state)];
}

// Says when the run is compiled, when it has come to its end, and when it was sent back from there.
class Session::StateObserver : public Observer {
 public:
  explicit StateObserver(Session& session) : session_(session) {}
  void on_start(const RunInfo& run) override {
    {
      const std::scoped_lock lock(session_.mutex_);
      session_.status_.run = run;
      session_.status_.moment = run.start;
    }
    session_.enter(State::running);
  }
  void on_step(const StepInfo& step) override { last_step_ = step.last_step; }
  void on_end(const Moment& moment) override {
    session_.enter(moment.step < last_step_ ? State::stopped : State::ended);
  }
  void on_rollback(const Moment&) override { session_.enter(State::running); }

 private:
  Session& session_;
  std::uint64_t last_step_ = 0;
};

Session::Session(StartRequest request, std::function<void()> wake, Opened opened)
    : wake_(std::move(wake)), opened_(std::move(opened)), inbox_(wake_), control_(wake_) {
  if (request.paused) control_.pause();
  thread_ = std::jthread([this, request = std::move(request)] { run(request); });
}

Session::~Session() { control_.stop(); }

Session::Status Session::status() const {
  const Control::Status now = control_.status();
  const std::scoped_lock lock(mutex_);
  Status status = status_;
  if (status.state != State::running) return status;
  if (now.state == Control::State::paused) status.state = State::paused;
  if (now.state != Control::State::starting) {
    status.moment = now.moment;
    status.hyperparameters = now.hyperparameters;
  }
  return status;
}

std::vector<std::string> Session::checkpoints() const {
  const fs::path folder = status().folder;
  std::vector<std::pair<std::uint64_t, std::string>> numbered;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error))
    if (const auto step = step_of(entry.path().filename().string()))
      numbered.emplace_back(*step, entry.path().filename().string());
  std::ranges::sort(numbered, std::greater());
  std::vector<std::string> names;
  if (fs::exists(folder / "checkpoint.safetensors", error))
    names.emplace_back("checkpoint.safetensors");
  for (auto& [step, name] : numbered) names.push_back(std::move(name));
  return names;
}

void Session::enter(State state, std::string message) {
  {
    const std::scoped_lock lock(mutex_);
    const Control::Status now = control_.status();
    if (now.state != Control::State::starting) {
      status_.moment = now.moment;
      status_.hyperparameters = now.hyperparameters;
    }
    status_.state = state;
    status_.message = std::move(message);
  }
  if (wake_) wake_();
}

Run Session::open(const StartRequest& request) {
  if (request.resume.empty()) return new_run(request.config, request.preset, request.settings);
  const RunFolder folder = RunFolder::open(request.resume);
  if (!fs::is_directory(request.resume))
    fail_usage("{} is a checkpoint; a run goes on from its folder, {}", request.resume.string(),
               folder.path().string());
  Run run = open_run(folder, WithData::yes, "", Weights::trained);
  if (request.config.epochs) {
    run.config.epochs = request.config.epochs;
    run.config.steps = 0;
  }
  if (request.config.steps > 0) run.config.steps = request.config.steps;
  run.config.verify();
  return run;
}

void Session::run(const StartRequest& request) {
  try {
    Run run = open(request);
    if (control_.stopping()) return enter(State::stopped);
    const RunFolder folder = request.resume.empty()
                                 ? RunFolder::create(request.out, run.config.model)
                                 : RunFolder::open(request.resume);
    {
      const std::scoped_lock lock(mutex_);
      status_.folder = folder.path();
    }
    if (opened_) opened_(run);
    enter(State::compiling);
    const TrainResult result =
        train(run, folder, {inbox_.observer(), std::make_shared<StateObserver>(*this)}, 0,
              exec_options(), &control_);
    enter(result.stopped ? State::stopped : State::ended);
  } catch (const std::exception& error) {
    control_.end();
    enter(State::failed, explained(error));
  }
}

// A folder that is gone is the reason for whatever failed.
std::string Session::explained(const std::exception& error) const {
  const fs::path folder = status().folder;
  std::error_code ignored;
  const std::string text = explain(error);
  if (folder.empty() || fs::exists(folder, ignored)) return text;
  return fmt::format("the folder of the run, {}, is gone: it was moved or deleted while it ran\n{}",
                     folder.string(), text);
}

}  // namespace lemnos::viewer
