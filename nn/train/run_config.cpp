// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>

#include "nn/optim/make.h"
#include "nn/train/run.h"

namespace lemnos {
namespace {

using nlohmann::json;

// ---- what config.json holds, in its order -------------------------------------------------------

template <class Visitor>
void visit(data::FeatureSettings& features, Visitor&& value) {
  value("missing", features.missing);
  value("outliers", features.outliers);
  value("outlier_rule", features.rule);
  value("scaling", features.scaling);
}

template <class Visitor>
void visit(TextSettings& text, Visitor&& value) {
  value("tokens", text.tokens);
  value("vocabulary", text.vocabulary);
  value("length", text.length);
  value("stop_words", text.stop_words);
  value("features", text.features);
}

template <class Visitor>
void visit(RunConfig& config, Visitor&& value) {
  value("model", config.model);
  value("config", config.config);
  value("data", config.data);
  value("target", config.target);
  value("text_column", config.text_column);
  value("size", config.size);
  value("features", config.features);
  value("text", config.text);
  value("folds", config.folds);
  value("fold", config.fold);
  value("examples_per_class", config.examples_per_class);
  value("init", config.init);
  value("freeze", config.freeze);
  value("epochs", config.epochs);
  value("steps", config.steps);
  value("batch", config.batch);
  value("optimizer", config.optimizer);
  value("lr", config.lr);
  value("beta1", config.beta1);
  value("precision", config.precision);
  value("loss_scale", config.loss_scale);
  value("gradient_checkpointing", config.gradient_checkpointing);
  value("weight_decay", config.weight_decay);
  value("technique", config.technique);
  value("planned_steps", config.planned_steps);
  value("seed", config.seed);
  value("data_seed", config.data_seed);
  value("clip_norm", config.clip_norm);
  value("checkpoint_every", config.checkpoint_every);
  value("keep", config.keep);
}

// ---- out and in ---------------------------------------------------------------------------------

template <class T>
constexpr bool has_parts = std::is_same_v<T, RunConfig> || std::is_same_v<T, TextSettings> ||
                           std::is_same_v<T, data::FeatureSettings>;

template <class Json, class T>
Json stored(T& value) {
  if constexpr (has_parts<T>) {
    Json parts;
    visit(value, [&](const char* key, auto& part) { parts[key] = stored<json>(part); });
    return parts;
  } else if constexpr (requires { value.has_value(); }) {
    return value ? Json(*value) : Json(nullptr);
  } else if constexpr (std::is_enum_v<T>) {
    return data::word_of(value);
  } else if constexpr (std::is_same_v<T, Technique>) {
    return nn::to_json(value);
  } else {
    return value;
  }
}

// Parts that are not there keep their values.
template <class T>
void read(const json& stored, const char* key, T& value) {
  if constexpr (has_parts<T>) {
    visit(value, [&](const char* name, auto& part) {
      if (stored.contains(name)) read(stored.at(name), name, part);
    });
  } else if constexpr (requires { value.has_value(); }) {
    if (!stored.is_null()) read(stored, key, value.emplace());
  } else if constexpr (std::is_enum_v<T>) {
    value = data::choice_of<T>(stored.get<std::string>(), key);
  } else if constexpr (std::is_same_v<T, Technique>) {
    nn::from_json(stored, value);
  } else {
    // get<unsigned>() would take -1 for a large number.
    if (std::is_same_v<T, std::uint64_t> && !stored.is_number_unsigned())
      fail("'{}' is {}", key, stored.dump());
    stored.get_to(value);
  }
}

RunConfig parse(const json& stored) {
  RunConfig config;
  const auto known = config.to_json();
  for (const auto& [key, value] : stored.items())
    if (!known.contains(key)) fail("'{}' is unknown", key);
  (void)stored.at("model");  // what every run has
  read(stored, "", config);
  config.verify();
  return config;
}

}  // namespace

nlohmann::ordered_json RunConfig::to_json() const {
  RunConfig run = *this;
  return stored<nlohmann::ordered_json>(run);
}

RunConfig RunConfig::from_json(const json& stored, const std::string& file) {
  try {
    return parse(stored);
  } catch (const json::exception& error) {
    fail("{} is damaged: {}", file, error.what());
  } catch (const Error& error) {
    fail("{} is damaged: {}", file, error.what());
  }
}

void RunConfig::verify() const {
  if (epochs && *epochs < 1) fail_usage("--epochs must be at least 1, not {}", *epochs);
  if (batch && *batch < 1) fail_usage("--batch must be at least 1, not {}", *batch);
  if (epochs && *epochs > 1'000'000'000) fail_usage("--epochs {} is too large", *epochs);
  if (lr && !(*lr > 0 && *lr < 1e6)) fail_usage("--lr must be greater than 0, not {}", *lr);
  const auto optimizers = optim::names();
  if (std::ranges::find(optimizers, optimizer) == optimizers.end())
    fail_usage("--optimizer: there is no '{}'; known are {}", optimizer,
               fmt::join(optimizers, ", "));
  if (beta1 && !(*beta1 > 0 && *beta1 < 1))
    fail_usage("--beta1 must be greater than 0 and less than 1, not {}", *beta1);
  if (beta1 && !optimizer.starts_with("adam"))
    fail_usage("--beta1 is for adam and adamw; {} has none", optimizer);
  if (precision != "f32" && precision != "f16" && precision != "bf16")
    fail_usage("--precision: there is no '{}'; known are f32, f16, bf16", precision);
  if (!(loss_scale >= 0x1p-24 && loss_scale <= 0x1p24))
    fail_usage("--loss-scale must be from 2^-24 to 2^24, not {}", loss_scale);
  if (weight_decay && !(*weight_decay >= 0 && *weight_decay < 1e6))
    fail_usage("--weight-decay must be at least 0, not {}", *weight_decay);
  technique.verify();
  if (!(clip_norm >= 0 && clip_norm < 1e30))
    fail_usage("--clip-norm must be greater than 0, not {}", clip_norm);
  if (!size.empty()) data::parse_size(size);
  text.verify();
  if (folds && *folds < 2) fail_usage("--folds must be at least 2, not {}", *folds);
  if (fold && !folds) fail_usage("--fold {} is one of how many? --folds says it", *fold);
  if (folds && !fold)
    fail_usage("--folds {}: which part is held out? --fold 0 to {}; lemnos sweep trains them all",
               *folds, *folds - 1);
  if (fold && (*fold < 0 || *fold >= *folds))
    fail_usage("--fold must be 0 to {}, as there are {} folds, not {}", *folds - 1, *folds, *fold);
  if (examples_per_class < 0)
    fail_usage("--examples-per-class must be at least 1, not {}", examples_per_class);
  if (keep < 0) fail_usage("--keep must be at least 0, not {}", keep);
}

}  // namespace lemnos
