// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/flags.h"
#include "nn/train/run.h"

namespace lemnos::cli {
namespace {

struct EvalFlags {
  CommonFlags common;
  std::string folder, split = "test", data;

  int run() const {
    if (split != "test" && split != "train")
      fail_usage("--split is test (held out, the default) or train, not '{}'", split);
    const RunFolder opened = RunFolder::open(folder);
    common.open_device();
    Run run = open_run(opened, WithData::yes, data);
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
};

}  // namespace

Command add_eval(CLI::App& app) {
  auto flags = std::make_shared<EvalFlags>();
  CLI::App* command = app.add_subcommand("eval", "measure a trained model on held-out data");
  command->add_option("RUN", flags->folder, "folder of the run")->required();
  command->add_option("--split", flags->split, "test or train")->capture_default_str();
  command->add_option("--data", flags->data, "other data than the run's");
  flags->common.add_to(*command);
  return {command, [flags] { return flags->run(); }};
}

}  // namespace lemnos::cli
