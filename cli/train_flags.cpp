// SPDX-License-Identifier: Apache-2.0
#include "cli/train_flags.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "nn/optim/make.h"

namespace lemnos::cli {
namespace {

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

// "of a table's numbers: standard, minmax, symmetric, none [standard]"
template <class Choice>
std::string choices(std::string_view what) {
  const auto& known = data::words<Choice>;
  return fmt::format("{}: {} [{}]", what, fmt::join(known, ", "), known.front());
}

template <class Choice>
void choose(std::string_view flag, const std::optional<std::string>& word, Choice& to) {
  if (word) to = data::choice_of<Choice>(*word, flag);
}

std::uint64_t at_least(const char* flag, std::int64_t value, std::int64_t least) {
  if (value < least) fail_usage("{} must be at least {}, not {}", flag, least, value);
  return static_cast<std::uint64_t>(value);
}

}  // namespace

void TrainFlags::add_model(CLI::App& train, const ModelKind& kind) {
  const std::string group(kind.name);
  if (!kind.presets.empty())
    train.add_option("--preset", preset, fmt::format("{}", fmt::join(kind.presets, ", ")))
        ->group(group);
  settings_.reserve(kind.fields.size());  // CLI11 keeps references
  for (const nn::ConfigField& field : kind.fields) {
    if (train.get_option_no_throw(flag_of(field.name)) != nullptr) continue;  // said of the data
    settings_.push_back({field.name, ""});
    train
        .add_option(flag_of(field.name), settings_.back().value,
                    fmt::format("{} [{}]", field.help, field.value))
        ->group(group);
  }
}

void TrainFlags::add_technique(CLI::App& train) {
  const std::vector<nn::ConfigField> fields = nn::describe(Technique{});
  technique_.reserve(fields.size());
  for (const nn::ConfigField& field : fields) {
    technique_.push_back({field.name, ""});
    train.add_option(flag_of(field.name), technique_.back().value,
                     fmt::format("{} [{}]", field.help, field.value));
  }
}

void TrainFlags::add_to(CLI::App& train, const std::string& named) {
  command = &train;
  train.footer(model_list());
  train.add_option("MODEL", model, "what to train");
  train.add_option("--data", data,
                   "data set; folder of images, IDX files or texts; .csv, .tsv or text file");
  train.add_option("--target", target,
                   "column of a table that is to be predicted [the last; of texts: label]");
  train.add_option("--size", size, "of a folder's images, which become so: 64, 64x48 [their own]");
  train.add_option("--missing", missing, choices<data::Missing>("empty cells of a table"));
  train.add_option("--outliers", outliers, choices<data::Outliers>("numbers far off in a table"));
  train.add_option("--outlier-rule", outlier_rule, choices<data::OutlierRule>("what is far off"));
  train.add_option("--scaling", scaling, choices<data::Scaling>("of a table's numbers"));
  train.add_option("--text", text, "column of a table that holds the texts [text]");
  train.add_option("--epochs", epochs, "passes over the data [5; tables, texts: for 2000 steps]");
  train.add_option("--steps", steps, "stop after so many steps");
  train.add_option("--batch", batch, "rows in a step [128; tables, texts: 32]");
  train.add_option("--lr", lr, "learning rate [the optimizer's own]");
  train.add_option("--optimizer", optimizer,
                   fmt::format("{} [adam]", fmt::join(optim::names(), ", ")));
  train.add_option("--beta1", beta1, "share of the old in adam's running mean of gradients [0.9]");
  train.add_option("--precision", precision,
                   "f32, f16 or bf16: how activations and operands are stored [f32]");
  train.add_option("--loss-scale", loss_scale, "of f16, at first; it adapts [65536]");
  train.add_flag(
      "--gradient-checkpointing", gradient_checkpointing,
      "compute blocks of resnet and transformers twice instead of keeping what is inside");
  train.add_option("--weight-decay", weight_decay,
                   "part of the weights that a step takes away [0; adamw: 0.01, of all]");
  train.add_option("--clip-norm", clip_norm, "longest gradient allowed [any]");
  add_technique(train);
  train.add_option("--seed", seed, "of weights, order and noise [0]");
  train.add_option("--data-seed", data_seed, "of what is held out and of synthetic data [--seed]");
  train.add_option("--folds", folds, "cut what is to train on into so many parts, of which");
  train.add_option("--fold", fold, "this one, from 0, is held out instead of the data's own part");
  train.add_option("--config", config, "take what is not said here from this config.json");
  train.add_option("--out", out, "folder of the run [runs/MODEL-N]");
  train.add_option(
      "--resume", resume,
      "go on with the run in this folder; only --epochs, --steps, --patience, "
      "--checkpoint-every, --data-memory, --device, --trace, --quiet and --json go with "
      "it");
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
  common.add_data_memory(train);
  common.add_to(train);
  if (!named.empty()) add_model(train, model_kind(named));
}

void TrainFlags::override_with_flags(RunConfig& to) const {
  if (data) to.data = *data;
  if (target) to.target = *target;
  if (size) to.size = *size;
  choose("--missing", missing, to.features.missing);
  choose("--outliers", outliers, to.features.outliers);
  choose("--outlier-rule", outlier_rule, to.features.rule);
  choose("--scaling", scaling, to.features.scaling);
  if (text) to.text_column = *text;
  if (optimizer) to.optimizer = *optimizer;
  if (epochs) to.epochs = epochs;
  if (steps) to.steps = at_least("--steps", *steps, 1);
  if (batch) to.batch = batch;
  if (lr) to.lr = lr;
  if (beta1) to.beta1 = beta1;
  if (gradient_checkpointing) to.gradient_checkpointing = true;
  if (precision) to.precision = *precision;
  if (loss_scale && to.precision != "f16")
    fail_usage("--loss-scale is for --precision f16; {} needs none", to.precision);
  if (loss_scale) to.loss_scale = *loss_scale;
  if (weight_decay) to.weight_decay = weight_decay;
  for (const Setting& setting : technique_)
    if (!setting.value.empty()) nn::set_field(to.technique, setting.name, setting.value);
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
  if (data_seed) to.data_seed = at_least("--data-seed", *data_seed, 0);
  if (folds) to.folds = folds;
  if (fold) to.fold = fold;
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

std::vector<Setting> TrainFlags::given_settings() const {
  std::vector<Setting> given = settings_;
  std::erase_if(given, [](const Setting& setting) { return setting.value.empty(); });
  return given;
}

void TrainFlags::refuse_beside_resume(const std::vector<std::string>& allowed) const {
  for (const CLI::Option* option : command->get_options()) {
    if (option->count() == 0) continue;
    const auto& names = option->get_lnames();
    if (names.empty() || std::ranges::find(allowed, names.front()) == allowed.end())
      fail_usage("--resume goes on with the run as it is: {} cannot be given; --{} can",
                 option->get_name(), fmt::join(allowed, ", --"));
  }
}

std::unique_ptr<TrainFlags> parse_train(const std::vector<std::string>& arguments) {
  auto flags = std::make_unique<TrainFlags>();
  CLI::App train{"", "train"};
  train.allow_extras();
  flags->add_to(train, arguments.at(0));
  std::vector<std::string> backwards(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  try {
    train.parse(backwards);
  } catch (const CLI::ParseError& error) {
    fail_usage("{}", error.what());
  }
  refuse_unknown(train);
  flags->command = nullptr;
  return flags;
}

std::vector<std::string> train_flag_names(const std::string& model) {
  TrainFlags flags;
  CLI::App train{"", "train"};
  flags.add_to(train, model);
  return flag_names(train);
}

}  // namespace lemnos::cli
