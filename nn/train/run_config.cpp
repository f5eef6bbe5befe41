// SPDX-License-Identifier: Apache-2.0
#include "nn/train/run.h"

namespace lemnos {
namespace {

using nlohmann::json;

template <class T>
void read(const json& stored, const char* key, T& value) {
  if (stored.contains(key)) stored.at(key).get_to(value);
}
template <class T>
void read(const json& stored, const char* key, std::optional<T>& value) {
  if (stored.contains(key) && !stored.at(key).is_null()) value = stored.at(key).get<T>();
}

// get<unsigned>() would take -1 for a large number.
void read(const json& stored, const char* key, std::uint64_t& value) {
  if (!stored.contains(key)) return;
  if (!stored.at(key).is_number_unsigned()) fail("'{}' is {}", key, stored.at(key).dump());
  value = stored.at(key).get<std::uint64_t>();
}
void read(const json& stored, const char* key, std::optional<std::uint64_t>& value) {
  if (!stored.contains(key) || stored.at(key).is_null()) return;
  read(stored, key, value.emplace());
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

template <class Choice>
void read_choice(const json& stored, const char* key, Choice& value) {
  if (stored.contains(key)) value = data::choice_of<Choice>(stored.at(key).get<std::string>(), key);
}

data::FeatureSettings parse_features(const json& stored) {
  data::FeatureSettings features;
  read_choice(stored, "missing", features.missing);
  read_choice(stored, "outliers", features.outliers);
  read_choice(stored, "outlier_rule", features.rule);
  read_choice(stored, "scaling", features.scaling);
  return features;
}

json features_json(const data::FeatureSettings& features) {
  return {{"missing", data::word_of(features.missing)},
          {"outliers", data::word_of(features.outliers)},
          {"outlier_rule", data::word_of(features.rule)},
          {"scaling", data::word_of(features.scaling)}};
}

TextSettings parse_text(const json& stored) {
  TextSettings text;
  read(stored, "tokens", text.tokens);
  read(stored, "vocabulary", text.vocabulary);
  read(stored, "length", text.length);
  read(stored, "stop_words", text.stop_words);
  read(stored, "features", text.features);
  return text;
}

json text_json(const TextSettings& text) {
  return {{"tokens", text.tokens},
          {"vocabulary", text.vocabulary},
          {"length", text.length},
          {"stop_words", text.stop_words},
          {"features", text.features}};
}

RunConfig parse(const json& stored) {
  RunConfig config;
  const auto known = config.to_json();
  for (const auto& [key, value] : stored.items())
    if (!known.contains(key)) fail("'{}' is unknown", key);
  stored.at("model").get_to(config.model);
  read(stored, "config", config.config);
  read(stored, "data", config.data);
  read(stored, "target", config.target);
  read(stored, "text_column", config.text_column);
  read(stored, "size", config.size);
  if (stored.contains("features")) config.features = parse_features(stored.at("features"));
  if (stored.contains("text")) config.text = parse_text(stored.at("text"));
  read(stored, "folds", config.folds);
  read(stored, "fold", config.fold);
  read(stored, "examples_per_class", config.examples_per_class);
  read(stored, "init", config.init);
  read(stored, "freeze", config.freeze);
  read(stored, "epochs", config.epochs);
  read(stored, "steps", config.steps);
  read(stored, "batch", config.batch);
  read(stored, "optimizer", config.optimizer);
  read(stored, "lr", config.lr);
  read(stored, "beta1", config.beta1);
  read(stored, "precision", config.precision);
  read(stored, "loss_scale", config.loss_scale);
  read(stored, "gradient_checkpointing", config.gradient_checkpointing);
  read(stored, "weight_decay", config.weight_decay);
  if (stored.contains("technique")) nn::from_json(stored.at("technique"), config.technique);
  read(stored, "planned_steps", config.planned_steps);
  read(stored, "seed", config.seed);
  read(stored, "data_seed", config.data_seed);
  read(stored, "clip_norm", config.clip_norm);
  read(stored, "checkpoint_every", config.checkpoint_every);
  read(stored, "keep", config.keep);
  config.verify();
  return config;
}

}  // namespace

nlohmann::ordered_json RunConfig::to_json() const {
  return {{"model", model},
          {"config", config},
          {"data", data},
          {"target", target},
          {"text_column", text_column},
          {"size", size},
          {"features", features_json(features)},
          {"text", text_json(text)},
          {"folds", or_null(folds)},
          {"fold", or_null(fold)},
          {"examples_per_class", examples_per_class},
          {"init", init},
          {"freeze", freeze},
          {"epochs", or_null(epochs)},
          {"steps", steps},
          {"batch", or_null(batch)},
          {"optimizer", optimizer},
          {"lr", or_null(lr)},
          {"beta1", or_null(beta1)},
          {"precision", precision},
          {"loss_scale", loss_scale},
          {"gradient_checkpointing", gradient_checkpointing},
          {"weight_decay", or_null(weight_decay)},
          {"technique", nn::to_json(technique)},
          {"planned_steps", planned_steps},
          {"seed", seed},
          {"data_seed", or_null(data_seed)},
          {"clip_norm", clip_norm},
          {"checkpoint_every", checkpoint_every},
          {"keep", keep}};
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
