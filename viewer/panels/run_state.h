// SPDX-License-Identifier: Apache-2.0
// How the run stands, and the controls that steer it.
#pragma once

#include <imgui/imgui.h>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "nn/train/observer.h"
#include "viewer/panel.h"

namespace lemnos::viewer {

struct RunStatus {
  // follows: a run of another process, which can be watched but not steered.
  enum class State : std::uint8_t {
    none,
    opening,
    running,
    paused,
    stopped,
    ended,
    failed,
    follows
  };
  State state = State::none;
  std::string message;  // of a failure; or what is being done
  std::string name, model, data, device, folder;
  std::uint64_t parameters = 0;
  std::uint64_t step = 0, last_step = 0, epoch_steps = 0;
  double epoch = 0, seconds = 0;
  double loss = 0, ms = 0;                  // smoothed, as the console's
  std::vector<NamedValue> hyperparameters;  // that can be set while it trains
  std::vector<std::string> checkpoints;  // to roll back to: names in the folder, the newest first

  bool alive() const { return state == State::running || state == State::paused; }
};

// What the user asked for in a frame.
struct RunWish {
  enum class Kind : std::uint8_t {
    pause,
    go_on,
    step,
    epoch,
    stop,
    save,
    roll_back,
    set,  // the hyperparameter `text` to `value`
    profile,
    start_another,
    resume,
    report
  };
  Kind kind = Kind::pause;
  double value = 0;
  std::string text;
};

class RunStatePanel : public Panel {
 public:
  RunStatus status;
  std::vector<RunWish> wishes;  // for the application, which takes them
  struct Event {
    std::uint64_t step = 0;
    std::string name, detail;
  };
  std::deque<Event> events;  // the newest last

  std::string_view title() const override { return "Run"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  // Space: pause and go on; N: one step; E: one epoch; P: profile a step; Ctrl-K: save a
  // checkpoint; Ctrl-, and Ctrl-. halve and double the learning rate; R: resume a run that is over;
  // Ctrl-R: a report. With no text field being written to.
  void keys();

 private:
  bool over() const;  // and can be resumed
  void draw_state();
  void draw_figures();
  void draw_controls();
  void draw_report();
  void draw_hyperparameters();
  void draw_hyperparameter(const NamedValue& given, float x);
  void draw_checkpoints();
  void draw_events();
  void wish(RunWish::Kind kind, double value = 0, std::string text = "");

  // A value as it is being written, and what is wrong with it.
  struct Written {
    double of = -1;  // the value that the text began as
    std::string text, error;
  };
  void set(const std::string& name, Written& written);
  std::map<std::string, Written> written_;  // by hyperparameter
};

const char* word_of(RunStatus::State state);
ImU32 color_of(RunStatus::State state);

}  // namespace lemnos::viewer
