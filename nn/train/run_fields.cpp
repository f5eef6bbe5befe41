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

using Group = RunField::Group;

constexpr std::int64_t any = std::numeric_limits<std::int64_t>::min();

template <class T>
void parse(const std::string& flag, std::string_view text, std::int64_t least, T& value) {
  if constexpr (std::is_enum_v<T>) {
    value = data::choice_of<T>(text, flag);
  } else if constexpr (std::is_same_v<T, std::uint64_t> || std::is_same_v<T, std::int64_t>) {
    std::int64_t number = 0;
    nn::detail::parse(flag, text, number);
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

void require_known(const std::string& flag, std::string_view text,
                   const std::vector<std::string>& choices) {
  if (!choices.empty() && std::ranges::find(choices, text) == choices.end())
    fail_usage("{}: there is no '{}'; known are {}", flag, text, fmt::join(choices, ", "));
}

// As nobody had said anything.
const RunConfig& plain() {
  static const RunConfig config;
  return config;
}

struct Said {
  std::string_view name;
  Group group = Group::training;
  std::string_view help, usual;
  std::vector<std::string> choices = {};
  std::int64_t least = any;  // of whole numbers; RunConfig::verify() knows the other limits
  bool texts_only = false;
};

// member: from a configuration to its field.
template <class Member>
RunField field(const Said& said, Member member) {
  const std::string flag = flag_of(said.name);
  const auto set = [=](RunConfig& config, std::string_view text) {
    auto value = member(plain());
    if (!text.empty()) {
      require_known(flag, text, said.choices);
      parse(flag, text, said.least, value);
    }
    member(config) = value;
  };
  const auto text = [=](const RunConfig& config) {
    const auto& value = member(config);
    return value == member(plain()) ? std::string() : text_of(value);
  };
  return {.name = std::string(said.name),
          .group = said.group,
          .help = std::string(said.help),
          .usual = std::string(said.usual),
          .choices = said.choices,
          .texts_only = said.texts_only,
          .set = set,
          .text = text};
}

template <class Choice>
std::vector<std::string> all_words() {
  return {data::words<Choice>.begin(), data::words<Choice>.end()};
}

std::vector<std::string> optimizers() {
  const auto names = optim::names();
  return {names.begin(), names.end()};
}

// NOLINTBEGIN: a row each
#define LEMNOS_MEMBER(path) \
  [](auto&& config) -> auto& { return config.path; }

// No gradient has a length of 0.
RunField positive(RunField field) {
  field.set = [set = field.set, flag = flag_of(field.name)](RunConfig& config,
                                                            std::string_view text) {
    set(config, text);
    double value = 1;
    if (!text.empty()) nn::detail::parse(flag, text, value);
    if (value == 0) fail_usage("{} must be greater than 0, not 0", flag);
  };
  return field;
}

void add_data(std::vector<RunField>& all) {
  const auto add = [&](const Said& said, auto member) { all.push_back(field(said, member)); };
  add({"target", Group::data, "column of a table that is to be predicted",
       "the last; of texts: label"},
      LEMNOS_MEMBER(target));
  add({"size", Group::data, "of a folder's images, which become so: 64, 64x48", "their own"},
      LEMNOS_MEMBER(size));
  add({"missing", Group::data, "empty cells of a table", "error", all_words<data::Missing>()},
      LEMNOS_MEMBER(features.missing));
  add({"outliers", Group::data, "numbers far off in a table", "keep", all_words<data::Outliers>()},
      LEMNOS_MEMBER(features.outliers));
  add({"outlier_rule", Group::data, "what is far off", "zscore", all_words<data::OutlierRule>()},
      LEMNOS_MEMBER(features.rule));
  add({"scaling", Group::data, "of a table's numbers", "standard", all_words<data::Scaling>()},
      LEMNOS_MEMBER(features.scaling));
  add({"examples_per_class", Group::data, "to train on, at most", "all", {}, 1},
      LEMNOS_MEMBER(examples_per_class));
  add({"data_seed", Group::data, "of what is held out and of synthetic data", "seed", {}, 0},
      LEMNOS_MEMBER(data_seed));
  add({"folds", Group::data, "cut what is to train on into so many parts, of which", ""},
      LEMNOS_MEMBER(folds));
  add({"fold", Group::data, "this one, from 0, is held out instead of the data's own part", ""},
      LEMNOS_MEMBER(fold));
}

void add_texts(std::vector<RunField>& all) {
  all.push_back(field({"features",
                       Group::data,
                       "of texts: ids (tokens) or tfidf (a table)",
                       "ids",
                       {"ids", "tfidf"}},
                      LEMNOS_MEMBER(text.features)));
  const auto add = [&](Said said, auto member) {
    said.texts_only = true;
    all.push_back(field(said, member));
  };
  add({"text", Group::data, "column of a table that holds the texts", "text"},
      LEMNOS_MEMBER(text_column));
  add({"tokens",
       Group::data,
       "of texts: bytes, characters, words, bpe, unigram",
       "what the model is best with",
       {"bytes", "characters", "words", "bpe", "unigram"}},
      LEMNOS_MEMBER(text.tokens));
  add({"vocabulary", Group::data, "different tokens, at most", "10000", {}, 1},
      LEMNOS_MEMBER(text.vocabulary));
  add({"length",
       Group::data,
       "tokens of a text that are read",
       "of the longest, at most 128",
       {},
       1},
      LEMNOS_MEMBER(text.length));
  add({"stop_words", Group::data, "file of words to leave out, one in each line", ""},
      LEMNOS_MEMBER(text.stop_words));
}

void add_training(std::vector<RunField>& all) {
  const auto add = [&](const Said& said, auto member) { all.push_back(field(said, member)); };
  add({"epochs", Group::training, "passes over the data", "5; tables, texts: for 2000 steps"},
      LEMNOS_MEMBER(epochs));
  add({"steps", Group::training, "stop after so many steps", "after the epochs", {}, 1},
      LEMNOS_MEMBER(steps));
  add({"batch", Group::training, "rows in a step", "128; tables, texts: 32"}, LEMNOS_MEMBER(batch));
  add({"lr", Group::training, "learning rate", "the optimizer's own"}, LEMNOS_MEMBER(lr));
  add({"optimizer", Group::training, "by which weights are updated", "adam", optimizers()},
      LEMNOS_MEMBER(optimizer));
  add({"beta1", Group::training, "share of the old in adam's running mean of gradients", "0.9"},
      LEMNOS_MEMBER(beta1));
  add({"weight_decay", Group::training, "part of the weights that a step takes away",
       "0; adamw: 0.01, of all"},
      LEMNOS_MEMBER(weight_decay));
  add({"clip_norm", Group::training, "longest gradient allowed", "any"}, LEMNOS_MEMBER(clip_norm));
  all.back() = positive(all.back());
  add({"precision",
       Group::training,
       "how activations and operands are stored",
       "f32",
       {"f32", "f16", "bf16"}},
      LEMNOS_MEMBER(precision));
  add({"loss_scale", Group::training, "of f16, at first; it adapts", "65536"},
      LEMNOS_MEMBER(loss_scale));
  add({"gradient_checkpointing",
       Group::training,
       "compute blocks of resnet and transformers twice instead of keeping what is inside",
       "false",
       {"false", "true"}},
      LEMNOS_MEMBER(gradient_checkpointing));
  add({"seed", Group::training, "of weights, order and noise", "0", {}, 0}, LEMNOS_MEMBER(seed));
  add({"init", Group::training, "run whose weights it begins with, where names and shapes agree",
       ""},
      LEMNOS_MEMBER(init));
  add({"freeze", Group::training, "parts that are not trained: tokens,transformer.blocks.0", ""},
      LEMNOS_MEMBER(freeze));
}

void add_output(std::vector<RunField>& all) {
  const auto add = [&](const Said& said, auto member) { all.push_back(field(said, member)); };
  add({"checkpoint_every",
       Group::output,
       "steps",
       "at ends of epochs, 50 steps apart or more",
       {},
       1},
      LEMNOS_MEMBER(checkpoint_every));
  add({"keep", Group::output, "older checkpoints to keep", "0", {}, 0}, LEMNOS_MEMBER(keep));
}

#undef LEMNOS_MEMBER
// NOLINTEND

}  // namespace

std::string flag_of(std::string_view field) {
  std::string flag(field);
  std::ranges::replace(flag, '_', '-');
  return "--" + flag;
}

std::span<const RunField> run_fields() {
  static const std::vector<RunField> fields = [] {
    std::vector<RunField> all;
    add_data(all);
    add_texts(all);
    add_training(all);
    add_output(all);
    return all;
  }();
  return fields;
}

}  // namespace lemnos
