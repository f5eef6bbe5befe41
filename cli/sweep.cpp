// SPDX-License-Identifier: Apache-2.0
#include "nn/train/sweep.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cli/commands.h"
#include "cli/sweep_console.h"
#include "cli/train_flags.h"
#include "data/datasets/split.h"
#include "nn/train/evaluator.h"
#include "runtime/base/os.h"

namespace lemnos::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t probe_rows = 128;  // judged before anything is trained

struct SweepFlags {
  TrainFlags train;
  std::vector<std::string> grid, random;
  std::int64_t trials = 0;
  std::string metric;

  void add_to(CLI::App& command, const std::string& named);
  int run() const;
  SweepPlan plan() const;
  std::vector<std::string> train_arguments() const;
  int go_on(Sweep sweep) const;
};

Run make_run(const std::vector<std::string>& arguments) {
  const auto flags = parse_train(arguments);
  return new_run(flags->first_config(), flags->preset, flags->given_settings());
}

// ---- the plan -----------------------------------------------------------------------------------

// Said of the sweep, not of its trials.
bool is_own(std::string_view flag) {
  static constexpr std::string_view own[] = {"grid",   "random", "trials", "metric", "folds",
                                             "fold",   "out",    "resume", "config", "data-memory",
                                             "device", "trace",  "quiet",  "json",   "help"};
  return std::ranges::find(own, flag) != std::end(own);
}

// A sweep can be resumed from another folder than it was started in.
std::string found_anywhere(std::string_view flag, const std::string& value) {
  const bool file = flag == "config" || flag == "init" || flag == "stop-words" ||
                    (flag == "data" && value.find_first_of("/.") != std::string::npos);
  return file ? fs::absolute(value).lexically_normal().string() : value;
}

std::vector<std::string> SweepFlags::train_arguments() const {
  std::vector<std::string> arguments;
  for (const CLI::Option* option : train.command->get_options()) {
    if (option->count() == 0 || option->get_lnames().empty()) continue;
    const std::string& flag = option->get_lnames().front();
    if (is_own(flag) && flag != "config") continue;
    for (const std::string& value : option->results())
      arguments.push_back(fmt::format("--{}={}", flag, found_anywhere(flag, value)));
  }
  return arguments;
}

void check_flags(const SweepPlan& plan) {
  std::vector<std::string> known;
  for (const std::string& flag : train_flag_names(plan.model))
    if (!is_own(flag)) known.push_back(flag);
  for (const Axis& axis : plan.axes()) {
    if (std::ranges::find(known, axis.flag) == known.end())
      fail_usage("sweep: '{}' is no flag that a trial of {} can vary; there are {}", axis.flag,
                 plan.model, fmt::join(known, ", "));
    for (const std::string& argument : plan.arguments)
      if (argument.starts_with("--" + axis.flag + "="))
        fail_usage("sweep: {} is given, and varied as well", argument);
  }
}

// Trials differ in what is varied only: all are judged by the same rows, whatever their seeds.
SweepPlan SweepFlags::plan() const {
  SweepPlan plan{.arguments = train_arguments(), .grid = grid, .random = random, .draws = trials};
  TrainFlags one = train;
  if (train.says("folds")) one.fields["fold"] = "0";  // of which a run has one
  const RunConfig base = one.first_config();
  if (train.says("folds")) plan.folds = base.folds;
  plan.model = base.model;
  plan.seed = base.seed;
  check_flags(plan);
  const std::vector<Axis> axes = plan.axes();
  if (!base.data_seed && std::ranges::find(axes, "data-seed", &Axis::flag) == axes.end())
    plan.arguments.push_back(fmt::format("--data-seed={}", base.seed));
  return plan;
}

// ---- before anything is trained -----------------------------------------------------------------

// The metric that ranks: the first that can, where none was asked for.
std::string choose_metric(const Run& run, const std::string& wanted, const ExecOptions& exec) {
  const data::Split& test = run.dataset.test;
  if (test.rows() == 0)
    fail_usage("{}: nothing is held out to judge trials by; --folds holds parts of it out",
               run.dataset.name);
  std::vector<std::uint32_t> rows;
  const std::int64_t count = std::min(probe_rows, test.rows());
  for (std::int64_t i = 0; i < count; ++i)
    rows.push_back(static_cast<std::uint32_t>(i * test.rows() / count));
  const data::Split some = data::take(test, rows);
  const Metrics metrics = Evaluator(*run.task, some, run.config.seed, exec).run();
  std::vector<std::string> known;
  for (const NamedValue& metric : metrics.values)
    if (larger_is_better(metric.name)) known.push_back(metric.name);
  // Few rows may be of one class only.
  if (metrics.confusion && std::ranges::find(known, "roc_auc") == known.end())
    known.push_back("roc_auc");
  if (known.empty()) fail_usage("sweep: no metric says which {} is the best", run.config.model);
  if (wanted.empty()) return known.front();
  if (std::ranges::find(known, wanted) == known.end())
    fail_usage("--metric {}: {} is judged by {}", wanted, run.config.model, fmt::join(known, ", "));
  return wanted;
}

// Parses every trial, and makes a model with each value at least once; returns the metric.
std::string check_plan(const SweepPlan& plan, const std::string& metric, const ExecOptions& exec) {
  const auto fold = plan.folds ? std::optional<std::int64_t>(0) : std::nullopt;
  for (const auto& settings : plan.trials())
    (void)parse_train(plan.train_arguments(settings, fold))->first_config();
  const std::vector<Axis> axes = plan.axes();
  std::vector<Setting> first;
  for (const Axis& axis : axes) first.push_back({axis.flag, axis.values.front()});
  const std::string chosen =
      choose_metric(make_run(plan.train_arguments(first, fold)), metric, exec);
  for (std::size_t a = 0; a < axes.size(); ++a)
    for (std::size_t v = 1; v < axes[a].values.size(); ++v) {
      std::vector<Setting> settings = first;
      settings[a].value = axes[a].values[v];
      (void)make_run(plan.train_arguments(settings, fold));
    }
  return chosen;
}

// ---- what comes of it ---------------------------------------------------------------------------

std::string status_of(const SweepTrial& trial) {
  if (!trial.error.empty()) return "failed: " + trial.error;
  return trial.finished ? "" : "not finished";
}

nlohmann::ordered_json number_json(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json json_of(const Sweep& sweep, const SweepTrial& trial) {
  nlohmann::ordered_json settings = nlohmann::ordered_json::object();
  for (const Setting& setting : trial.settings) settings[setting.name] = setting.value;
  nlohmann::ordered_json json{
      {"trial", trial.number}, {"settings", settings}, {"runs", nlohmann::json::array()}};
  for (const std::string& folder : trial.folders)
    json["runs"].push_back((sweep.folder() / folder).string());
  if (trial.finished) {
    json["value"] = number_json(trial.value);
    json["spread"] = number_json(trial.spread);
    json["metrics"] = Metrics{.values = trial.metrics}.to_json();
  }
  if (!trial.error.empty()) json["error"] = trial.error;
  return json;
}

// A column for each axis, as wide as its widest value.
void print_table(const Sweep& sweep, const std::vector<SweepTrial>& trials) {
  const std::vector<Axis> axes = sweep.plan().axes();
  std::vector<std::size_t> widths;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    widths.push_back(axes[a].flag.size());
    for (const SweepTrial& trial : trials)
      widths[a] = std::max(widths[a], trial.settings[a].value.size());
  }
  const std::size_t width = std::max<std::size_t>(8, sweep.metric().size());
  fmt::print("trial");
  for (std::size_t a = 0; a < axes.size(); ++a) fmt::print("  {:<{}}", axes[a].flag, widths[a]);
  fmt::print("  {:>{}}{}\n", sweep.metric(), width, sweep.plan().folds ? "    spread" : "");
  for (const SweepTrial& trial : trials) {
    fmt::print("{:>5}", trial.number);
    for (std::size_t a = 0; a < axes.size(); ++a)
      fmt::print("  {:<{}}", trial.settings[a].value, widths[a]);
    if (!trial.finished)
      fmt::print("  {}\n", status_of(trial));
    else if (sweep.plan().folds)
      fmt::print("  {:>{}.4f}  {:>8.4f}\n", trial.value, width, trial.spread);
    else
      fmt::print("  {:>{}.4f}\n", trial.value, width);
  }
}

// Without any trial that could be ranked the work has failed, unless it was stopped.
int report(const Sweep& sweep, bool json) {
  const std::vector<SweepTrial> trials = ranked(sweep.runs(), sweep.metric());
  const bool open = std::ranges::any_of(sweep.runs(), &SweepRun::open);
  const bool stopped = open && os::stop_requested();
  const std::string folder = sweep.folder().string();
  if (stopped) fmt::print(stderr, "stopped; lemnos sweep --resume {} goes on\n", folder);
  if (json) {
    nlohmann::ordered_json object{{"sweep", folder},
                                  {"metric", sweep.metric()},
                                  {"larger_is_better", *larger_is_better(sweep.metric())},
                                  {"stopped", stopped},
                                  {"trials", nlohmann::json::array()}};
    for (const SweepTrial& trial : trials) object["trials"].push_back(json_of(sweep, trial));
    print_json(object);
  } else {
    print_table(sweep, trials);
    if (trials.front().has_rank())
      fmt::print("\nbest: {}/trial-{}\n", folder, trials.front().number);
  }
  return trials.front().has_rank() || stopped ? 0 : 1;
}

int SweepFlags::go_on(Sweep sweep) const {
  if (!metric.empty()) sweep.rank_by(metric);
  os::catch_stop_signals();
  if (train.common.quiet) {
    Sweep::Watcher silent;
    sweep.run(make_run, silent, train.common.exec());
  } else {
    SweepConsole console(sweep);
    sweep.run(make_run, console, train.common.exec());
  }
  return report(sweep, train.common.json);
}

int SweepFlags::run() const {
  const CommonFlags& common = train.common;
  if (!train.resume.empty()) {
    train.refuse_beside_resume(
        {"resume", "metric", "data-memory", "device", "trace", "quiet", "json"});
    Sweep sweep = Sweep::open(train.resume);
    common.open_device(sweep.folder() / sweep.runs()[0].folder() / "device.json");
    return go_on(std::move(sweep));
  }
  const SweepPlan made = plan();
  if (Sweep::is_in(train.out)) {
    Sweep sweep = Sweep::open(train.out);
    if (!(sweep.plan() == made))
      fail_usage(
          "{} holds another sweep: {}; choose another folder, or go on with that one by --resume",
          train.out, sweep.plan().to_json().dump());
    common.open_device(sweep.folder() / sweep.runs()[0].folder() / "device.json");
    return go_on(std::move(sweep));
  }
  (void)made.trials();
  common.open_device();
  const std::string chosen = check_plan(made, metric, common.exec());
  return go_on(Sweep::create(train.out, made, chosen));
}

void SweepFlags::add_to(CLI::App& command, const std::string& named) {
  command
      .add_option("--grid", grid,
                  "FLAG=VALUE,VALUE: a trial with each; with several, with each combination")
      ->allow_extra_args(false);
  command
      .add_option("--random", random,
                  "FLAG=LOW..HIGH, FLAG=LOW..HIGH:log or FLAG=VALUE,VALUE: drawn for each trial")
      ->allow_extra_args(false);
  command.add_option("--trials", trials, "draws of --random, at each point of the grid");
  command.add_option("--metric", metric, "by which trials are ranked [the model's first]");
  train.add_to(command, named);
  command.remove_option(command.get_option("--fold"));
  command.get_option("--folds")->description("a trial is so many runs; each holds out one part");
  command.get_option("--out")->description("folder of the sweep [runs/sweep-MODEL-N]");
  command.get_option("--resume")
      ->description(
          "go on with the sweep in this folder; only --metric, --data-memory, --device, "
          "--trace, --quiet and --json go with it");
  command.get_option("--seed")->description("of the trials, and of what --random draws [0]");
}

}  // namespace

Command add_sweep(CLI::App& app, const std::string& model) {
  auto flags = std::make_shared<SweepFlags>();
  CLI::App* command = app.add_subcommand(
      "sweep", "train with many settings of the flags of train, and rank what comes of them");
  flags->add_to(*command, model);
  return {command, [flags] { return flags->run(); }};
}

}  // namespace lemnos::cli
