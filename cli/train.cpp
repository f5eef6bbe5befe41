// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "cli/commands.h"
#include "cli/flags.h"
#include "nn/optim/make.h"
#include "nn/train/run.h"
#include "runtime/base/os.h"
#include "runtime/exec/session.h"

namespace lemnos::cli {
namespace {

constexpr double cpu_seconds = 140;  // of training, where nobody says how long and a CPU does it

struct TrainFlags {
  CommonFlags common;
  std::string model, preset, config, out, resume;
  std::optional<std::string> init, freeze, data, target, text, optimizer, tokens, stop_words,
      features;
  std::optional<std::int64_t> vocabulary, length, examples_per_class;
  std::optional<std::int64_t> epochs, steps, batch, checkpoint_every, keep;
  std::optional<std::int64_t> seed;
  std::optional<double> lr, clip_norm;
  std::vector<Setting> settings;  // the model's fields; empty values were not given
  CLI::App* command = nullptr;

  int run();
  void add_to(CLI::App& train, const std::string& named);
  void add_model(CLI::App& train, const ModelKind& kind);
  void override_with_flags(RunConfig& config) const;
  RunConfig first_config() const;
  void refuse_what_resume_fixes() const;
  int report(const Run& run, const TrainResult& result, const RunFolder& folder) const;
  TrainResult start(Run& run, const RunFolder& folder, double seconds) const;
};

std::string flag_of(std::string field) {
  std::ranges::replace(field, '_', '-');
  return "--" + field;
}

std::string model_list() {
  std::string text = "Models:";
  for (const ModelKind& kind : models())
    text += fmt::format("\n  {:<20} {}", kind.name, kind.description);
  return text + "\nlemnos train MODEL --help lists the flags of a model.";
}

void TrainFlags::add_model(CLI::App& train, const ModelKind& kind) {
  const std::string group(kind.name);
  if (!kind.presets.empty())
    train.add_option("--preset", preset, fmt::format("{}", fmt::join(kind.presets, ", ")))
        ->group(group);
  settings.reserve(kind.fields.size());  // CLI11 keeps references
  for (const nn::ConfigField& field : kind.fields) {
    if (train.get_option_no_throw(flag_of(field.name)) != nullptr) continue;  // said of the data
    settings.push_back({field.name, ""});
    train
        .add_option(flag_of(field.name), settings.back().value,
                    fmt::format("{} [{}]", field.help, field.value))
        ->group(group);
  }
}

void TrainFlags::add_to(CLI::App& train, const std::string& named) {
  command = &train;
  train.footer(model_list());
  train.add_option("MODEL", model, "what to train");
  train.add_option("--data", data,
                   "data set; folder of IDX files or texts; .csv, .tsv or text file");
  train.add_option("--target", target,
                   "column of a table that is to be predicted [the last; of texts: label]");
  train.add_option("--text", text, "column of a table that holds the texts [text]");
  train.add_option("--epochs", epochs, "passes over the data [5; tables, texts: for 2000 steps]");
  train.add_option("--steps", steps, "stop after so many steps");
  train.add_option("--batch", batch, "rows in a step [128; tables, texts: 32]");
  train.add_option("--lr", lr, "learning rate [the optimizer's own]");
  train.add_option("--optimizer", optimizer,
                   fmt::format("{} [adam]", fmt::join(optim::names(), ", ")));
  train.add_option("--clip-norm", clip_norm, "longest gradient allowed [any]");
  train.add_option("--seed", seed, "of weights, order and noise [0]");
  train.add_option("--config", config, "take what is not said here from this config.json");
  train.add_option("--out", out, "folder of the run [runs/MODEL-N]");
  train.add_option("--resume", resume,
                   "go on with the run in this folder; only --epochs, --steps, "
                   "--checkpoint-every, --device, --trace, --quiet and --json go with it");
  train.add_option("--checkpoint-every", checkpoint_every,
                   "steps [at ends of epochs, 50 steps apart or more]");
  train.add_option("--keep", keep, "older checkpoints to keep [0]");
  train.add_option("--init", init,
                   "run whose weights it begins with, where names and shapes agree");
  train.add_option("--freeze", freeze, "parts that are not trained: tokens,transformer.blocks.0");
  train.add_option("--examples-per-class", examples_per_class, "to train on, at most [all]");
  train.add_option("--tokens", tokens, "of texts: bytes, characters, words, bpe, unigram");
  train.add_option("--vocabulary", vocabulary, "different tokens, at most [10000]");
  train.add_option("--length", length,
                   "tokens of a text that are read [of the longest, at most 128]");
  train.add_option("--stop-words", stop_words, "file of words to leave out, one in each line");
  train.add_option("--features", features, "of texts: ids (tokens) or tfidf (a table) [ids]");
  common.add_to(train);
  if (!named.empty()) add_model(train, model_kind(named));
}

std::uint64_t at_least(const char* flag, std::int64_t value, std::int64_t least) {
  if (value < least) fail_usage("{} must be at least {}, not {}", flag, least, value);
  return static_cast<std::uint64_t>(value);
}

void TrainFlags::override_with_flags(RunConfig& to) const {
  if (data) to.data = *data;
  if (target) to.target = *target;
  if (text) to.text_column = *text;
  if (optimizer) to.optimizer = *optimizer;
  if (epochs) to.epochs = epochs;
  if (steps) to.steps = at_least("--steps", *steps, 1);
  if (batch) to.batch = batch;
  if (lr) to.lr = lr;
  if (clip_norm) to.clip_norm = *clip_norm;
  if (clip_norm && *clip_norm == 0) fail_usage("--clip-norm must be greater than 0, not 0");
  if (examples_per_class)
    to.examples_per_class =
        static_cast<std::int64_t>(at_least("--examples-per-class", *examples_per_class, 1));
  if (init) to.init = *init;
  if (freeze) to.freeze = *freeze;
  if (tokens) to.text.tokens = *tokens;
  if (vocabulary)
    to.text.vocabulary = static_cast<std::int64_t>(at_least("--vocabulary", *vocabulary, 1));
  if (length) to.text.length = static_cast<std::int64_t>(at_least("--length", *length, 1));
  if (stop_words) to.text.stop_words = *stop_words;
  if (features) to.text.features = *features;
  if (seed) to.seed = at_least("--seed", *seed, 0);
  if (checkpoint_every) to.checkpoint_every = at_least("--checkpoint-every", *checkpoint_every, 1);
  if (keep) to.keep = static_cast<std::int64_t>(at_least("--keep", *keep, 0));
  to.verify();
  const auto known = optim::names();
  if (std::ranges::find(known, to.optimizer) == known.end())
    fail_usage("--optimizer: there is no '{}'; known are {}", to.optimizer, fmt::join(known, ", "));
}

RunConfig TrainFlags::first_config() const {
  RunConfig made;
  if (!config.empty()) {
    made = RunConfig::from_json(read_json(config), config);
    if (!model.empty() && made.model != model)
      fail_usage("{} is of {}, not of {}", config, made.model, model);
  } else if (model.empty()) {
    fail_usage("train: which model? There are {}",
               fmt::join(models() | std::views::transform(&ModelKind::name), ", "));
  } else {
    made.model = model;
  }
  override_with_flags(made);
  return made;
}

void TrainFlags::refuse_what_resume_fixes() const {
  static const std::vector<std::string> allowed{"resume", "epochs", "steps", "checkpoint-every",
                                                "device", "trace",  "quiet", "json"};
  for (const CLI::Option* option : command->get_options()) {
    if (option->count() == 0) continue;
    const auto& names = option->get_lnames();
    if (names.empty() || std::ranges::find(allowed, names.front()) == allowed.end())
      fail_usage("--resume goes on with the run as it is: {} cannot be given; --{} can",
                 option->get_name(), fmt::join(allowed, ", --"));
  }
}

TrainResult TrainFlags::start(Run& run, const RunFolder& folder, double seconds) const {
  Observers observers;
  if (!common.quiet) observers.push_back(console_observer());
  os::catch_stop_signals();
  return train(run, folder, std::move(observers), seconds, common.exec());
}

int TrainFlags::report(const Run& run, const TrainResult& result, const RunFolder& folder) const {
  const std::string path = folder.path().string();
  if (run.checkpoint && run.checkpoint->step() == result.end.step && !result.stopped)
    fmt::print(stderr, "nothing was left to do; more --epochs or --steps ask for more\n");
  if (result.stopped) fmt::print(stderr, "stopped; lemnos train --resume {} goes on\n", path);
  if (common.json) {
    nlohmann::ordered_json json{{"run", path},
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
    if (result.metrics) json["test"] = result.metrics->to_json();
    print_json(json);
    return 0;
  }
  fmt::print("{}: {} of {} steps, {:.1f} s of training, {:.2f} ms a step\n", path, run.config.model,
             result.end.step, result.end.seconds, result.ms_per_step);
  if (result.metrics)
    for (const NamedValue& metric : result.metrics->values)
      fmt::print("test {} {:.4f}\n", metric.name, metric.value);
  return 0;
}

int TrainFlags::run() {
  std::erase_if(settings, [](const Setting& setting) { return setting.value.empty(); });
  if (!resume.empty()) {
    refuse_what_resume_fixes();
    const RunFolder folder = RunFolder::open(resume);
    common.open_device(folder.device());
    Run run = open_run(folder, WithData::yes);
    if (epochs && !steps) run.config.steps = 0;  // what was asked last counts
    override_with_flags(run.config);
    return report(run, start(run, folder, 0), folder);
  }
  RunConfig made = first_config();
  const bool open_ended = !epochs && !steps && config.empty();
  common.open_device();
  Run run = new_run(std::move(made), preset, settings);
  const RunFolder folder = RunFolder::create(out, run.config.model);
  const bool slow = device()->caps().type == gpu::DeviceType::cpu;
  return report(run, start(run, folder, open_ended && slow ? cpu_seconds : 0), folder);
}

}  // namespace

Command add_train(CLI::App& app, const std::string& model) {
  auto flags = std::make_shared<TrainFlags>();
  CLI::App* command = app.add_subcommand("train", "train a model, or go on training one");
  flags->add_to(*command, model);
  return {command, [flags] { return flags->run(); }};
}

}  // namespace lemnos::cli
