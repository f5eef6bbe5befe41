// SPDX-License-Identifier: Apache-2.0
#include "cli/train_flags.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

namespace lemnos::cli {
namespace {

std::string model_list() {
  std::string text = "Models:";
  for (const ModelKind& kind : models())
    text += fmt::format("\n  {:<20} {}", kind.name, kind.description);
  return text + "\nlemnos train MODEL --help lists the flags of a model.";
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

void TrainFlags::add_field(CLI::App& train, const RunField& field) {
  std::optional<std::string>& to = fields[field.name];
  const std::string flag = flag_of(field.name);
  if (field.type.empty()) {
    train.add_flag(flag, to, field.help);
    return;
  }
  const std::string usual = field.usual.empty() ? "" : fmt::format(" [{}]", field.usual);
  train.add_option(flag, to, field.help + usual)->type_name(field.type);
}

void TrainFlags::add_folders(CLI::App& train) {
  train.add_option("--config", config, "take what is not said here from this config.json");
  train.add_option("--out", out, "folder of the run [runs/MODEL-N]");
  train.add_option(
      "--resume", resume,
      "go on with the run in this folder; only --epochs, --steps, --patience, "
      "--checkpoint-every, --data-memory, --device, --trace, --quiet and --json go with "
      "it");
}

void TrainFlags::add_to(CLI::App& train, const std::string& named) {
  command = &train;
  train.footer(model_list());
  train.add_option("MODEL", model, "what to train");
  for (const RunField& field : run_fields()) {
    if (field.name == "checkpoint_every") add_folders(train);  // then what is written there
    add_field(train, field);
  }
  common.add_data_memory(train);
  common.add_tune(train);
  common.add_to(train);
  if (!named.empty()) add_model(train, model_kind(named));
}

void TrainFlags::override_with_flags(RunConfig& to) const {
  for (const RunField& field : run_fields())
    if (const auto& text = fields.at(field.name)) field.set(to, *text);
  to.verify();
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
