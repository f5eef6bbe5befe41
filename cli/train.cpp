// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/train_flags.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"

namespace lemnos::cli {
namespace {

constexpr double cpu_seconds = 140;  // of training, where nobody says how long and a CPU does it

TrainResult start(const CommonFlags& common, Run& run, const RunFolder& folder, double seconds) {
  Observers observers;
  if (!common.quiet) observers.push_back(console_observer());
  os::catch_stop_signals();
  return train(run, folder, std::move(observers), seconds, common.exec());
}

int report(bool json, const Run& run, const TrainResult& result, const RunFolder& folder) {
  const std::string path = folder.path().string();
  if (run.checkpoint && run.checkpoint->step() == result.end.step && !result.stopped)
    fmt::print(stderr, "nothing was left to do; more {} ask for more\n",
               result.early ? "--patience" : "--epochs or --steps");
  if (result.stopped) fmt::print(stderr, "stopped; lemnos train --resume {} goes on\n", path);
  if (json) {
    nlohmann::ordered_json object{{"run", path},
                                  {"steps", result.end.step},
                                  {"loss", result.loss},
                                  {"ms_per_step", result.ms_per_step},
                                  {"dispatches", result.plan.dispatches},
                                  {"barriers", result.plan.barriers()},
                                  {"submissions", result.submissions},
                                  {"allocations", result.allocations},
                                  {"fallbacks", result.plan.fallbacks},
                                  {"arena_bytes", result.plan.arena_bytes},
                                  {"arena_lower_bound", result.plan.arena_lower_bound}};
    if (result.metrics) object["test"] = result.metrics->to_json();
    print_json(object);
    return 0;
  }
  fmt::print("{}: {} of {} steps, {:.1f} s of training, {:.2f} ms a step\n", path, run.config.model,
             result.end.step, result.end.seconds, result.ms_per_step);
  if (result.metrics)
    for (const NamedValue& metric : result.metrics->values)
      fmt::print("test {} {:.4f}\n", metric.name, metric.value);
  return 0;
}

int resume(const TrainFlags& flags) {
  flags.refuse_beside_resume({"resume", "epochs", "steps", "patience", "checkpoint-every",
                              "data-memory", "device", "trace", "quiet", "json"});
  const RunFolder folder = RunFolder::open(flags.resume);
  if (!std::filesystem::is_directory(flags.resume))
    fail_usage("--resume goes on with a run: name its folder, {}; --init begins another with {}",
               folder.path().string(), flags.resume);
  RunConfig checked;
  flags.override_with_flags(checked);  // wrong usage comes before all work
  flags.common.open_device(folder.device());
  Run run = open_run(folder, WithData::yes, "", Weights::trained);
  if (flags.says("epochs") && !flags.says("steps"))
    run.config.steps = 0;  // what was asked last counts
  flags.override_with_flags(run.config);
  return report(flags.common.json, run, start(flags.common, run, folder, 0), folder);
}

int begin(const TrainFlags& flags) {
  RunConfig made = flags.first_config();
  const bool open_ended = !flags.says("epochs") && !flags.says("steps") && flags.config.empty();
  flags.common.open_device();
  Run run = new_run(std::move(made), flags.preset, flags.given_settings());
  const RunFolder folder = RunFolder::create(flags.out, run.config.model);
  const bool slow = device()->caps().type == gpu::DeviceType::cpu;
  const bool ends = run.config.technique.ends();  // its schedule does, and no sooner
  const double seconds = open_ended && slow && !ends ? cpu_seconds : 0;
  return report(flags.common.json, run, start(flags.common, run, folder, seconds), folder);
}

}  // namespace

Command add_train(CLI::App& app, const std::string& model) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App* command = app.add_subcommand("train", "train a model, or go on training one");
  flags->add_to(*command, model);
  return {command, [flags] { return flags->resume.empty() ? begin(*flags) : resume(*flags); }};
}

}  // namespace lemnos::cli
