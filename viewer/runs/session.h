// SPDX-License-Identifier: Apache-2.0
// One training run on a thread of its own, as `lemnos train` would do it.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "nn/train/control.h"
#include "nn/train/run.h"
#include "viewer/runs/inbox.h"

namespace lemnos::viewer {

struct StartRequest {
  RunConfig config;
  std::string preset;             // of the model
  std::vector<Setting> settings;  // of the model
  std::filesystem::path out;      // empty: runs/MODEL-N
  // Instead of all that: the folder of a run that is to go on; of config its epochs and steps
  // count, where they are said.
  std::filesystem::path resume;
  std::string device;   // for the caller, who opens it: see Session
  bool paused = false;  // before its first step
};

class Session {
 public:
  enum class State { opening, compiling, running, paused, ended, stopped, failed };
  struct Status {
    State state = State::opening;
    std::string message;           // of what failed, as the command line says it
    std::filesystem::path folder;  // empty until it is made
    RunInfo run;                   // once it is compiled
    Moment moment;
    std::vector<NamedValue> hyperparameters;  // that can be set: see Between

    bool alive() const { return state < State::ended; }
  };

  // Runs on the device in use: the caller gives it to use() before. wake: called by the run's
  // thread when the inbox has something again, or the state is another.
  // opened: called by that thread when the data are read and before anything is compiled, with the
  // run, which lives as long as it trains.
  using Opened = std::function<void(const Run&)>;
  explicit Session(StartRequest request, std::function<void()> wake = {}, Opened opened = {});
  // Stops it after the step under way, saved: its folder can be resumed.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Status status() const;
  Inbox& inbox() { return inbox_; }
  Control& control() { return control_; }
  // Of the run's folder, to roll back to, the newest first.
  std::vector<std::string> checkpoints() const;

 private:
  class StateObserver;
  void run(const StartRequest& request);
  Run open(const StartRequest& request);
  void enter(State state, std::string message = "");
  std::string explained(const std::exception& error) const;

  std::function<void()> wake_;
  Opened opened_;
  Inbox inbox_;
  Control control_;
  mutable std::mutex mutex_;
  Status status_;
  std::jthread thread_;  // last, so that it ends first
};

const char* word_of(Session::State state);

}  // namespace lemnos::viewer
