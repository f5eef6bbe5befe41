// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/run_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::viewer {
namespace {

constexpr std::size_t most_series = 2000;      // of a run: a file of nonsense has no end of them
constexpr std::size_t longest_line = 1 << 20;  // bytes
constexpr std::size_t recent_bytes = 256;      // by which a file is known to be the same
constexpr std::uint64_t longest_config = 16 << 20;  // bytes

double number(const nlohmann::json& config, const char* key) {
  if (!config.is_object() || !config.contains(key) || !config[key].is_number()) return 0;
  return config[key].get<double>();
}

bool reached(const nlohmann::json& config, const Moment& last) {
  const double epochs = number(config, "epochs");
  const double steps = number(config, epochs > 0 ? "steps" : "planned_steps");
  if (steps > 0 && static_cast<double>(last.step) >= steps) return true;
  return epochs > 0 && last.epoch >= epochs - 1e-9;
}

}  // namespace

RunLog RunLog::of_folder(std::filesystem::path folder) {
  folder = folder.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "runs/vae/"
  RunLog log(folder.filename().string());
  log.folder_ = std::move(folder);
  log.gone_ = fmt::format("{} has not been read yet", log.folder_.string());
  return log;
}

const Series* RunLog::find(std::string_view key) const {
  const auto found = series_.find(key);
  return found == series_.end() ? nullptr : &found->second;
}

// ---- what is told -------------------------------------------------------------------------------

void RunLog::begin(const Moment& moment) {
  if (moment.step < last_.step) {
    for (auto& [key, series] : series_) series.cut_after(moment.step);
    std::erase_if(events_, [&](const RunEvent& e) { return e.moment.step > moment.step; });
    complete_ = false;
  }
  last_ = moment;
}

Series* RunLog::find_or_make(std::string_view split, std::string_view key) {
  const std::string name = fmt::format("{}/{}", split, key);
  const auto found = series_.find(name);
  if (found != series_.end()) return &found->second;
  if (series_.size() >= most_series) return nullptr;
  return &series_[name];
}

void RunLog::add(std::size_t place, std::string_view split, std::string_view key,
                 const Moment& moment, double value) {
  if (place >= known_.size()) known_.resize(place + 1);
  Known& known = known_[place];
  if (known.key != key || known.split != split)
    known = {std::string(split), std::string(key), find_or_make(split, key)};
  if (known.series == nullptr) {
    ++dropped_keys_;
  } else {
    known.series->append(moment, value);
  }
}

void RunLog::on_step(const StepInfo& step) {
  begin(step.moment);
  add(0, "train", "loss", step.moment, step.loss);
  add(1, "train", "ms", step.moment, step.ms);
  std::size_t place = 2;
  for (const NamedValue& scalar : step.scalars)
    add(place++, "train", scalar.name, step.moment, scalar.value);
}

void RunLog::on_eval(const Moment& moment, std::string_view split,
                     std::span<const NamedValue> metrics) {
  begin(moment);
  std::size_t place = 0;
  for (const NamedValue& metric : metrics) add(place++, split, metric.name, moment, metric.value);
}

void RunLog::on_event(const Moment& moment, std::string_view event, std::string_view detail) {
  begin(moment);
  events_.push_back({.moment = moment, .name = std::string(event), .detail = std::string(detail)});
}

void RunLog::on_end(const Moment& moment) {
  begin(moment);
  complete_ = true;
}

// ---- what is read -------------------------------------------------------------------------------

bool RunLog::follow(std::size_t max_bytes) {
  if (folder_.empty()) return false;
  std::string text;
  const std::uint64_t from = offset_ - recent_.size();
  try {
    text = os::read_text_from(folder_ / "metrics.jsonl", from, recent_.size() + max_bytes);
  } catch (const Error& error) {
    gone_ = offset_ == 0 ? fmt::format("{} (a run writes it with its first step)", error.what())
                         : fmt::format("{}; what was read before stays", error.what());
    return false;
  }
  gone_.clear();
  if (!text.starts_with(recent_)) {  // cut by a resume, or another run's: from the start
    forget();
    return follow(max_bytes);
  }
  if (config_.is_null()) read_config();
  const std::string_view fresh = std::string_view(text).substr(recent_.size());
  if (fresh.empty()) return false;
  offset_ += fresh.size();
  read_lines(fresh);
  recent_ = text.substr(text.size() - std::min(text.size(), recent_bytes));
  complete_ = complete_ || reached(config_, last_);
  return true;
}

// Series stay where they are in memory, without a point.
void RunLog::forget() {
  for (auto& [key, series] : series_) series = Series();
  events_.clear();
  config_ = nullptr;
  last_ = {};
  complete_ = false;
  unfinished_.clear();
  recent_.clear();
  broken_text_.clear();
  offset_ = 0;
  lines_ = broken_ = first_broken_ = dropped_keys_ = 0;
}

void RunLog::read_config() {
  const std::filesystem::path path = folder_ / "config.json";
  config_problem_.clear();
  try {
    config_ = nlohmann::json::parse(os::read_text(path, longest_config));
  } catch (const Error& error) {
    config_problem_ = error.what();
  } catch (const nlohmann::json::exception&) {
    config_problem_ = fmt::format("{} is not JSON", path.string());
  }
}

void RunLog::read_lines(std::string_view text) {
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos;) {
    if (unfinished_.empty()) {
      read_line(text.substr(0, end));
    } else {
      unfinished_ += text.substr(0, end);
      read_line(unfinished_);
      unfinished_.clear();
    }
    text.remove_prefix(end + 1);
  }
  // Of a line that is too long to be one of a run, the start is enough to say so.
  if (unfinished_.size() <= longest_line) unfinished_ += text;
}

void RunLog::read_line(std::string_view line) {
  ++lines_;
  if (line.empty()) return;
  if (line.size() > longest_line || !line_.read(line)) return break_line(line);
  if (line_.kind == "train" || line_.kind == "eval") {
    begin(line_.moment);
    const std::string_view split = line_.kind == "train" ? "train" : std::string_view(line_.split);
    if (split.empty()) return break_line(line);
    for (std::size_t i = 0; i < line_.values.size(); ++i)
      add(i, split, line_.values[i].name, line_.moment, line_.values[i].value);
  } else if (line_.kind == "event") {
    on_event(line_.moment, line_.event, line_.detail);
  } else {
    break_line(line);
  }
}

void RunLog::break_line(std::string_view line) {
  if (broken_++ > 0) return;
  first_broken_ = lines_;
  for (const char c : line.substr(0, 60)) broken_text_ += c >= ' ' && c <= '~' ? c : '?';
}

std::string RunLog::problem() const {
  std::string text = gone_;
  const auto say = [&](const std::string& more) {
    if (!more.empty()) text += (text.empty() ? "" : "; ") + more;
  };
  say(config_problem_);
  if (broken_ > 0)
    say(
        fmt::format("{} of {} lines of metrics.jsonl are no lines of a run and are left out, the "
                    "first is line {}: {}",
                    broken_, lines_, first_broken_, broken_text_));
  if (dropped_keys_ > 0)
    say(fmt::format("more than {} series: {} values of others are left out", most_series,
                    dropped_keys_));
  return text;
}

}  // namespace lemnos::viewer
