// SPDX-License-Identifier: Apache-2.0
#include "nn/train/run_fields.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <type_traits>

#include "nn/optim/make.h"

namespace lemnos {
namespace {

using Fields = std::vector<RunField>;

constexpr auto of_data = RunField::Group::data, training = RunField::Group::training,
               output = RunField::Group::output;

// What its type does not say of a field.
struct Said {
  RunField::Group group;
  std::string_view name, help, usual = "";
  std::vector<std::string> choices = {};
  std::int64_t least = std::numeric_limits<std::int64_t>::min();  // as the text of a whole number
  bool texts_only = false;
  void (*verify)(const RunConfig& config) = nullptr;  // where something was said

  Said& one_of(std::vector<std::string> all) { return choices = std::move(all), *this; }
  Said& at_least(std::int64_t number) { return least = number, *this; }
  Said& of_texts() { return texts_only = true, *this; }
  Said& verified(void (*by)(const RunConfig& config)) { return verify = by, *this; }
};

template <class T>
void parse(const std::string& flag, std::string_view text, std::int64_t least, T& value) {
  if constexpr (std::is_enum_v<T>) {
    value = data::choice_of<T>(text, flag);
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    std::int64_t number = 0;
    nn::detail::parse(flag, text, number);
    if constexpr (std::is_unsigned_v<T>) least = std::max<std::int64_t>(least, 0);
    if (number < least) fail_usage("{} must be at least {}, not {}", flag, least, number);
    value = static_cast<T>(number);
  } else {
    nn::detail::parse(flag, text, value);
  }
}
template <class T>
void parse(const std::string& flag, std::string_view text, std::int64_t least,
           std::optional<T>& value) {
  parse(flag, text, least, value.emplace());
}

template <class T>
std::string text_of(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return std::string(data::word_of(value));
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return std::to_string(value);
  } else {
    return nn::detail::text_of(value);
  }
}
template <class T>
std::string text_of(const std::optional<T>& value) {
  return value ? text_of(*value) : "";
}

template <class T>
void describe_type(const T& /*value*/, RunField& field) {
  if constexpr (std::is_same_v<T, bool>) {
    field.choices = {"false", "true"};
    field.usual = "false";
  } else if constexpr (std::is_enum_v<T>) {
    field.type = "TEXT";
    field.choices = {data::words<T>.begin(), data::words<T>.end()};
    field.help += fmt::format(": {}", fmt::join(field.choices, ", "));
    field.usual = field.choices.front();
  } else {
    field.type = std::is_integral_v<T> ? "INT" : std::is_floating_point_v<T> ? "FLOAT" : "TEXT";
  }
}
template <class T>
void describe_type(const std::optional<T>& /*value*/, RunField& field) {
  describe_type(T{}, field);
}

// As where nothing is said.
const RunConfig& plain() {
  static const RunConfig config;
  return config;
}

// member: from a configuration to its field.
template <class Member>
void add(Fields& all, const Said& said, Member member) {
  RunField field{.group = said.group,
                 .name = std::string(said.name),
                 .help = std::string(said.help),
                 .usual = std::string(said.usual),
                 .type = "",
                 .choices = said.choices,
                 .texts_only = said.texts_only};
  describe_type(member(plain()), field);
  field.set = [=, flag = flag_of(said.name), least = said.least, verify = said.verify](
                  RunConfig& config, std::string_view text) {
    parse(flag, text, least, member(config));
    if (verify != nullptr) verify(config);
  };
  field.text = [=](const RunConfig& config) {
    const auto& value = member(config);
    return value == member(plain()) ? "" : text_of(value);
  };
  all.push_back(std::move(field));
}

// Their text is all that is known of them, as of a model's.
void add_technique(Fields& all) {
  for (const nn::ConfigField& known : nn::describe(Technique{})) {
    RunField field{.group = RunField::Group::technique,
                   .name = known.name,
                   .help = known.help,
                   .usual = known.value,
                   .type = "TEXT"};
    if (known.name == "schedule") field.choices = {"constant", "step", "cosine", "one-cycle"};
    if (known.name == "decay") field.choices = {"matrices", "all"};
    field.set = [=](RunConfig& config, std::string_view text) {
      nn::set_field(config.technique, known.name, text);
    };
    field.text = [=](const RunConfig& config) {
      const auto now = nn::describe(config.technique);
      const auto& value = std::ranges::find(now, known.name, &nn::ConfigField::name)->value;
      return value == known.value ? "" : value;
    };
    all.push_back(std::move(field));
  }
}

void require_f16(const RunConfig& config) {
  if (config.precision != "f16")
    fail_usage("--loss-scale is for --precision f16; {} needs none", config.precision);
}

// No gradient has a length of 0.
void require_length(const RunConfig& config) {
  if (config.clip_norm == 0) fail_usage("--clip-norm must be greater than 0, not 0");
}

// NOLINTBEGIN: a row each
#define LEMNOS_AT(path) \
  [](auto& config) -> auto& { return config.path; }

void add_data(Fields& all) {
  add(all,
      {of_data, "data", "data set; folder of images, IDX files or texts; .csv, .tsv or text file"},
      LEMNOS_AT(data));
  add(all,
      {of_data, "target", "column of a table that is to be predicted", "the last; of texts: label"},
      LEMNOS_AT(target));
  add(all, {of_data, "size", "of a folder's images, which become so: 64, 64x48", "their own"},
      LEMNOS_AT(size));
  add(all, {of_data, "missing", "empty cells of a table"}, LEMNOS_AT(features.missing));
  add(all, {of_data, "outliers", "numbers far off in a table"}, LEMNOS_AT(features.outliers));
  add(all, {of_data, "outlier_rule", "what is far off"}, LEMNOS_AT(features.rule));
  add(all, {of_data, "scaling", "of a table's numbers"}, LEMNOS_AT(features.scaling));
  add(all, Said{of_data, "text", "column of a table that holds the texts", "text"}.of_texts(),
      LEMNOS_AT(text_column));
}

void add_training(Fields& all) {
  const auto names = optim::names();
  const std::vector<std::string> optimizers(names.begin(), names.end());
  add(all, {training, "epochs", "passes over the data", "5; tables, texts: for 2000 steps"},
      LEMNOS_AT(epochs));
  add(all, Said{training, "steps", "stop after so many steps"}.at_least(1), LEMNOS_AT(steps));
  add(all, {training, "batch", "rows in a step", "128; tables, texts: 32"}, LEMNOS_AT(batch));
  add(all, {training, "lr", "learning rate", "the optimizer's own"}, LEMNOS_AT(lr));
  add(all,
      Said{training, "optimizer", fmt::format("{}", fmt::join(optimizers, ", ")), "adam"}.one_of(
          optimizers),
      LEMNOS_AT(optimizer));
  add(all, {training, "beta1", "share of the old in adam's running mean of gradients", "0.9"},
      LEMNOS_AT(beta1));
  add(all,
      Said{training, "precision", "f32, f16 or bf16: how activations and operands are stored",
           "f32"}
          .one_of({"f32", "f16", "bf16"}),
      LEMNOS_AT(precision));
  add(all,
      Said{training, "loss_scale", "of f16, at first; it adapts", "65536"}.verified(require_f16),
      LEMNOS_AT(loss_scale));
  add(all,
      {training, "gradient_checkpointing",
       "compute blocks of resnet and transformers twice instead of keeping what is inside"},
      LEMNOS_AT(gradient_checkpointing));
  add(all,
      {training, "weight_decay", "part of the weights that a step takes away",
       "0; adamw: 0.01, of all"},
      LEMNOS_AT(weight_decay));
  add(all, Said{training, "clip_norm", "longest gradient allowed", "any"}.verified(require_length),
      LEMNOS_AT(clip_norm));
}

void add_others(Fields& all) {
  add(all, {training, "seed", "of weights, order and noise", "0"}, LEMNOS_AT(seed));
  add(all, {of_data, "data_seed", "of what is held out and of synthetic data", "--seed"},
      LEMNOS_AT(data_seed));
  add(all, {of_data, "folds", "cut what is to train on into so many parts, of which"},
      LEMNOS_AT(folds));
  add(all, {of_data, "fold", "this one, from 0, is held out instead of the data's own part"},
      LEMNOS_AT(fold));
  add(all,
      Said{output, "checkpoint_every", "steps", "at ends of epochs, 50 steps apart or more"}
          .at_least(1),
      LEMNOS_AT(checkpoint_every));
  add(all, {output, "keep", "older checkpoints to keep", "0"}, LEMNOS_AT(keep));
  add(all, {training, "init", "run whose weights it begins with, where names and shapes agree"},
      LEMNOS_AT(init));
  add(all, {training, "freeze", "parts that are not trained: tokens,transformer.blocks.0"},
      LEMNOS_AT(freeze));
  add(all, Said{of_data, "examples_per_class", "to train on, at most", "all"}.at_least(1),
      LEMNOS_AT(examples_per_class));
}

void add_texts(Fields& all) {
  add(all,
      Said{of_data, "tokens", "of texts: bytes, characters, words, bpe, unigram"}
          .one_of({"bytes", "characters", "words", "bpe", "unigram"})
          .of_texts(),
      LEMNOS_AT(text.tokens));
  add(all, Said{of_data, "vocabulary", "different tokens, at most", "10000"}.at_least(1).of_texts(),
      LEMNOS_AT(text.vocabulary));
  add(all,
      Said{of_data, "length", "tokens of a text that are read", "of the longest, at most 128"}
          .at_least(1)
          .of_texts(),
      LEMNOS_AT(text.length));
  add(all, Said{of_data, "stop_words", "file of words to leave out, one in each line"}.of_texts(),
      LEMNOS_AT(text.stop_words));
  add(all,
      Said{of_data, "features", "of texts: ids (tokens) or tfidf (a table)", "ids"}.one_of(
          {"ids", "tfidf"}),
      LEMNOS_AT(text.features));
}

#undef LEMNOS_AT
// NOLINTEND

}  // namespace

std::string flag_of(std::string_view field) {
  std::string flag(field);
  std::ranges::replace(flag, '_', '-');
  return "--" + flag;
}

std::span<const RunField> run_fields() {
  static const Fields fields = [] {
    Fields all;
    add_data(all);
    add_training(all);
    add_technique(all);
    add_others(all);
    add_texts(all);
    return all;
  }();
  return fields;
}

}  // namespace lemnos
