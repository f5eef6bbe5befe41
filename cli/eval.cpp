// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/commands.h"
#include "cli/flags.h"
#include "nn/train/ensemble.h"
#include "nn/train/run.h"

namespace lemnos::cli {
namespace {

struct EvalFlags {
  CommonFlags common;
  std::vector<std::filesystem::path> runs;
  std::string split = "test", data;
  bool ensemble = false, raw = false;

  int run() const {
    if (split != "test" && split != "train")
      fail_usage("--split is test (held out, the default) or train, not '{}'", split);
    if (!ensemble && runs.size() > 1)
      fail_usage("eval: '{}' is one run too many; --ensemble judges several together",
                 runs[1].string());
    if (ensemble && raw) fail_usage("--raw is for one run; --ensemble judges averages where kept");
    return ensemble ? judge_ensemble() : judge_one();
  }
  int judge_one() const;
  int judge_ensemble() const;
};

int EvalFlags::judge_one() const {
  const RunFolder opened = RunFolder::open(runs[0]);
  common.open_device();
  Run run = open_run(opened, WithData::yes, data, raw ? Weights::trained : Weights::averaged);
  const data::Split& rows = split == "test" ? run.dataset.test : run.dataset.train;
  if (rows.rows() == 0)
    fail("{}: nothing was held out to test on; --split train evaluates on what was trained on",
         run.dataset.name);
  const Metrics metrics = Evaluator(*run.task, rows, run.config.seed, common.exec()).run();
  if (!common.json) {
    fmt::print("{} after {} steps, on the {} rows of the {} split of {}\n{}", run.config.model,
               run.checkpoint->step(), rows.rows(), split, run.dataset.name,
               describe(metrics, run.preprocessing.class_names));
    return 0;
  }
  nlohmann::ordered_json json{{"split", split}};
  json.update(metrics.to_json());
  print_json(json);
  return 0;
}

void print_line(std::string_view name, std::size_t width, const Metrics& metrics,
                const Metrics& columns) {
  fmt::print("{:<{}}", name, width);
  for (const NamedValue& column : columns.values) {
    if (column.name.ends_with("_micro")) continue;  // the accuracy once more
    const auto found = std::ranges::find(metrics.values, column.name, &NamedValue::name);
    if (found == metrics.values.end())
      fmt::print("  {:>9}", "-");
    else
      fmt::print("  {:>9.4f}", found->value);
  }
  fmt::print("\n");
}

int EvalFlags::judge_ensemble() const {
  common.open_device();
  const EnsembleMetrics result =
      evaluate_ensemble(runs, {.data = data, .split = split, .exec = common.exec()});
  if (common.json) {
    nlohmann::ordered_json json{{"split", split}, {"members", nlohmann::json::array()}};
    for (const auto& member : result.members) {
      nlohmann::ordered_json line{{"run", member.run}, {"steps", member.steps}};
      line.update(member.metrics.to_json());
      json["members"].push_back(std::move(line));
    }
    json["mean"] = result.mean.to_json();
    if (result.vote) json["vote"] = result.vote->to_json();
    print_json(json);
    return 0;
  }
  fmt::print("{} runs, on the {} rows of the {} split of {}\n\n", result.members.size(),
             result.rows, split, result.data);
  std::size_t width = 4;
  for (const auto& member : result.members) width = std::max(width, member.run.size());
  fmt::print("{:<{}}", "", width);
  for (const NamedValue& column : result.mean.values)
    if (!column.name.ends_with("_micro")) fmt::print("  {:>9}", column.name);
  fmt::print("\n");
  for (const auto& member : result.members)
    print_line(member.run, width, member.metrics, result.mean);
  print_line("mean", width, result.mean, result.mean);
  if (result.vote) print_line("vote", width, *result.vote, result.mean);
  return 0;
}

}  // namespace

Command add_eval(CLI::App& app) {
  auto flags = std::make_shared<EvalFlags>();
  CLI::App* command = app.add_subcommand("eval", "measure a trained model on held-out data");
  command->add_option("RUN", flags->runs, "folder of the run, or one of its kept checkpoints")
      ->required();
  command->add_flag("--ensemble", flags->ensemble,
                    "several RUNs together: each alone, the mean of their answers, and their vote");
  command->add_option("--split", flags->split, "test or train")->capture_default_str();
  command->add_option("--data", flags->data, "other data than the run's");
  command->add_flag("--raw", flags->raw, raw_help);
  flags->common.add_data_memory(*command);
  flags->common.add_tune(*command);
  flags->common.add_to(*command);
  return {command, [flags] { return flags->run(); }};
}

}  // namespace lemnos::cli
