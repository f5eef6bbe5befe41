// SPDX-License-Identifier: Apache-2.0
// Everything that a run has told so far, as plain data: of the run in this process, told by calls,
// or of any other, by following its folder. Both tell the same.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/train/observer.h"
#include "viewer/plot/series.h"
#include "viewer/runs/metric_line.h"

namespace lemnos::viewer {

struct RunEvent {
  Moment moment;
  std::string name;  // checkpoint, edit, resume, skipped, limit
  std::string detail;
};

class RunLog {
 public:
  using SeriesByKey = std::map<std::string, Series, std::less<>>;

  explicit RunLog(std::string name) : name_(std::move(name)) {}
  // Of a run folder, which need not be there yet. Nothing is read before follow().
  static RunLog of_folder(std::filesystem::path folder);

  const std::string& name() const { return name_; }
  void rename(std::string name) { name_ = std::move(name); }
  const std::filesystem::path& folder() const { return folder_; }  // empty: told by calls

  // By what they tell and of what: "train/loss", "train/ms", "test/accuracy". They stay where they
  // are in memory for as long as the log lives.
  const SeriesByKey& series() const { return series_; }
  const Series* find(std::string_view key) const;
  const std::vector<RunEvent>& events() const { return events_; }
  const nlohmann::json& config() const { return config_; }  // null where none was found
  const Moment& last() const { return last_; }
  bool complete() const { return complete_; }  // has come as far as its config asks, or has ended

  // What keeps this from being all that the run told: a folder that has gone, lines that are no
  // lines of a run. Empty where all is well.
  std::string problem() const;
  std::size_t broken_lines() const { return broken_; }

  // Reads what the run has written since, at most about so much, so that a window can go on
  // drawing. true: there was something, and there may be more. Never fails: see problem().
  bool follow(std::size_t max_bytes = std::size_t{1} << 20);

  // The run in this process: what its observers are told. A step that is below the last one begins
  // anew from there (as after a checkpoint is rolled back to): what came after it is dropped.
  void on_config(nlohmann::json config) { config_ = std::move(config); }
  void on_step(const StepInfo& step);
  void on_eval(const Moment& moment, std::string_view split, std::span<const NamedValue> metrics);
  void on_event(const Moment& moment, std::string_view event, std::string_view detail);
  void on_end(const Moment& moment);

 private:
  void begin(const Moment& moment);
  void add(std::size_t place, std::string_view split, std::string_view key, const Moment& moment,
           double value);
  Series* find_or_make(std::string_view split, std::string_view key);
  void forget();
  void read_config();
  void read_lines(std::string_view text);
  void read_line(std::string_view line);
  void break_line(std::string_view line);

  std::string name_;
  std::filesystem::path folder_;
  SeriesByKey series_;
  std::vector<RunEvent> events_;
  nlohmann::json config_;
  Moment last_;
  bool complete_ = false;

  // Lines name the same series in the same order, mostly: found without a search.
  struct Known {
    std::string split, key;
    Series* series = nullptr;
  };
  std::vector<Known> known_;

  MetricLine line_;
  std::string unfinished_, recent_;  // the line that still grows; the last bytes that were read
  std::uint64_t offset_ = 0;         // of what is still to be read
  std::size_t lines_ = 0, broken_ = 0, first_broken_ = 0, dropped_keys_ = 0;
  std::string broken_text_, gone_, config_problem_;
};

}  // namespace lemnos::viewer
