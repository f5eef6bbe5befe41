// SPDX-License-Identifier: Apache-2.0
#include "nn/train/sweep.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <ranges>

#include "runtime/base/os.h"

namespace lemnos {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path file_in(const fs::path& folder) { return folder / "sweep.json"; }

nlohmann::ordered_json json_of(const std::vector<Setting>& settings) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const Setting& setting : settings) object[setting.name] = setting.value;
  return object;
}

nlohmann::ordered_json json_of(const SweepRun& run) {
  nlohmann::ordered_json object{{"trial", run.trial},
                                {"settings", json_of(run.settings)},
                                {"folder", run.folder()},
                                {"metrics", nlohmann::json(nullptr)},
                                {"error", nlohmann::json(nullptr)}};
  if (!run.metrics.empty()) object["metrics"] = Metrics{.values = run.metrics}.to_json();
  if (!run.error.empty()) object["error"] = run.error;
  return object;
}

void read_result(const nlohmann::ordered_json& stored, SweepRun& run) {
  if (stored.at("folder") != run.folder() || stored.at("settings") != json_of(run.settings))
    fail("its runs are not those of its plan");
  if (!stored.at("error").is_null()) stored.at("error").get_to(run.error);
  if (stored.at("metrics").is_null()) return;
  for (const auto& [name, value] : stored.at("metrics").items())
    run.metrics.push_back(
        {name, value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>()});
}

std::vector<SweepRun> planned_runs(const SweepPlan& plan) {
  std::vector<SweepRun> runs;
  for (const std::vector<Setting>& settings : plan.trials()) {
    const std::size_t trial = runs.empty() ? 1 : runs.back().trial + 1;
    for (std::int64_t fold = 0; fold < plan.folds.value_or(1); ++fold)
      runs.push_back({.trial = trial,
                      .fold = plan.folds ? std::optional(fold) : std::nullopt,
                      .settings = settings});
  }
  return runs;
}

// What a run that was interrupted has left; nothing where it has no checkpoint yet.
std::optional<Run> left_in(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path / "config.json", error) && fs::exists(path / "checkpoint.safetensors", error))
    return open_run(RunFolder::open(path), WithData::yes);
  fs::remove_all(path, error);
  return {};
}

std::vector<NamedValue> metrics_of(const Run& run, const TrainResult& result,
                                   const ExecOptions& exec) {
  if (run.dataset.test.rows() == 0)
    fail("{}: nothing is held out to judge by; --folds holds parts of it out", run.dataset.name);
  const std::vector<NamedValue> metrics =
      result.metrics ? result.metrics->values
                     : Evaluator(*run.task, run.dataset.test, run.config.seed, exec).run().values;
  for (const NamedValue& metric : metrics)
    if (!std::isfinite(metric.value))
      fail("{} is not finite at the end: the training diverged; try a smaller learning rate",
           metric.name);
  return metrics;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation_of(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::vector<double> values_of(std::span<const SweepRun> runs, std::string_view metric) {
  std::vector<double> values;
  for (const SweepRun& run : runs) {
    const auto found = std::ranges::find(run.metrics, metric, &NamedValue::name);
    values.push_back(found == run.metrics.end() ? std::numeric_limits<double>::quiet_NaN()
                                                : found->value);
  }
  return values;
}

// runs: all of one trial.
SweepTrial judged(std::span<const SweepRun> runs, std::string_view metric) {
  SweepTrial trial{.number = runs[0].trial, .settings = runs[0].settings};
  trial.finished = true;
  for (const SweepRun& run : runs) {
    trial.folders.push_back(run.folder());
    if (trial.error.empty()) trial.error = run.error;
    trial.finished = trial.finished && !run.metrics.empty();
  }
  if (!trial.finished) return trial;
  for (const NamedValue& each : runs[0].metrics)
    trial.metrics.push_back({each.name, mean_of(values_of(runs, each.name))});
  const std::vector<double> values = values_of(runs, metric);
  trial.value = mean_of(values);
  trial.spread = deviation_of(values);
  return trial;
}

}  // namespace

std::string SweepRun::folder() const {
  return fold ? fmt::format("trial-{}/fold-{}", trial, *fold) : fmt::format("trial-{}", trial);
}

Sweep::Sweep(fs::path folder, SweepPlan plan)
    : folder_(std::move(folder)), plan_(std::move(plan)), runs_(planned_runs(plan_)) {}

bool Sweep::is_in(const fs::path& folder) {
  std::error_code error;
  return !folder.empty() && fs::exists(file_in(folder), error);
}

Sweep Sweep::create(const fs::path& folder, SweepPlan plan, std::string metric) {
  const RunFolder made = RunFolder::create(folder, "sweep-" + plan.model);
  Sweep sweep(made.path(), std::move(plan));
  sweep.rank_by(std::move(metric));
  sweep.save();
  return sweep;
}

Sweep Sweep::open(const fs::path& folder) {
  if (!is_in(folder)) fail("{} is no folder of a sweep: it has no sweep.json", folder.string());
  const std::string file = file_in(folder).string();
  try {
    const auto stored = nlohmann::ordered_json::parse(os::read_text(file));
    Sweep sweep(folder, SweepPlan::from_json(stored.at("plan")));
    if (stored.at("runs").size() != sweep.runs_.size()) fail("its runs are not those of its plan");
    for (std::size_t i = 0; i < sweep.runs_.size(); ++i)
      read_result(stored.at("runs")[i], sweep.runs_[i]);
    sweep.rank_by(stored.at("metric"));
    return sweep;
  } catch (const json::exception& error) {
    fail("{} is damaged: {}", file, error.what());
  } catch (const Error& error) {
    fail("{} is damaged: {}", file, error.what());
  }
}

void Sweep::save() const {
  nlohmann::ordered_json object{
      {"plan", plan_.to_json()}, {"metric", metric_}, {"runs", json::array()}};
  for (const SweepRun& run : runs_) object["runs"].push_back(json_of(run));
  write_json(file_in(folder_), object);
}

void Sweep::rank_by(std::string metric) {
  if (!larger_is_better(metric))
    fail_usage("--metric {}: there is none by which trials are ranked of that name", metric);
  for (const SweepRun& run : runs_)
    if (!run.metrics.empty() &&
        std::ranges::find(run.metrics, metric, &NamedValue::name) == run.metrics.end())
      fail_usage("--metric {}: the trials have {}", metric,
                 fmt::join(run.metrics | std::views::transform(&NamedValue::name), ", "));
  metric_ = std::move(metric);
}

void Sweep::run(const Make& make, Watcher& watcher, const ExecOptions& exec) {
  std::size_t failed = 0;  // the trial that did
  for (SweepRun& run : runs_) {
    if (!run.metrics.empty() || run.trial == failed) continue;
    if (os::stop_requested()) return;
    run.error.clear();
    try {
      if (!train_one(run, make, watcher.begin(run), exec)) return;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::device_lost) throw;
      run.error = error.what();
    } catch (const std::bad_alloc&) {
      run.error = "out of memory (the computer's own, not the device's)";
    }
    if (!run.error.empty()) failed = run.trial;
    save();
    watcher.end(run);
  }
}

// False when it was stopped before its end.
bool Sweep::train_one(SweepRun& run, const Make& make, Observers observers,
                      const ExecOptions& exec) {
  const fs::path path = folder_ / run.folder();
  std::optional<Run> trained = left_in(path);
  const bool goes_on = trained.has_value();
  if (!goes_on) trained = make(plan_.train_arguments(run.settings, run.fold));
  const RunFolder folder =
      goes_on ? RunFolder::open(path) : RunFolder::create(path, trained->config.model);
  const TrainResult result = train(*trained, folder, std::move(observers), 0, exec);
  if (result.stopped) return false;
  run.metrics = metrics_of(*trained, result, exec);
  return true;
}

std::vector<SweepTrial> ranked(std::span<const SweepRun> runs, std::string_view metric) {
  std::vector<SweepTrial> trials;
  for (std::size_t at = 0; at < runs.size();) {
    std::size_t end = at;
    while (end < runs.size() && runs[end].trial == runs[at].trial) ++end;
    trials.push_back(judged(runs.subspan(at, end - at), metric));
    at = end;
  }
  const bool larger = larger_is_better(metric).value_or(true);
  std::ranges::stable_sort(trials, [&](const SweepTrial& a, const SweepTrial& b) {
    if (!a.has_rank() || !b.has_rank()) return a.has_rank() && !b.has_rank();
    return larger ? a.value > b.value : a.value < b.value;
  });
  return trials;
}

}  // namespace lemnos
