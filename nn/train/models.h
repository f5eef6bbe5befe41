// SPDX-License-Identifier: Apache-2.0
// The models that `lemnos train` knows: one line each in models.cpp.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/models/config.h"
#include "nn/optim/make.h"
#include "nn/train/task.h"

namespace lemnos {

struct Setting {  // --latent 16
  std::string name, value;
};

// How a model is trained when nothing is said; 0 and nothing: as others of its data are.
struct Usual {
  std::int64_t batch = 0;
  optim::Settings optimizer;  // for adam
};

struct ModelKind {
  std::string_view name;
  std::string_view description;
  std::string_view data;  // what it trains on when nothing is said
  bool targets = true;    // false: learns from the inputs alone
  // What it can learn from texts, the first unless --head says classes; empty: it takes no tokens.
  std::vector<data::Task> texts;
  Usual usual;
  std::vector<nn::ConfigField> fields;
  std::vector<std::string> presets;
  // The fields as a preset has them; empty: the defaults. Wrong usage: an unknown one.
  std::vector<nn::ConfigField> (*describe)(std::string_view preset);
  // Wrong usage: text that is no value of the field.
  void (*verify)(std::string_view field, std::string_view text);

  // A configuration as JSON: the preset's (or the defaults), with the sizes that the data dictate,
  // then `base` (of an earlier run), then the settings. Wrong usage where it does not fit the data.
  nlohmann::json (*configure)(const Preprocessing& data, std::string_view preset,
                              const nlohmann::json& base, std::span<const Setting> settings);
  // With new weights, from seed().
  std::unique_ptr<Task> (*make)(const nlohmann::json& config, const Preprocessing& data);
};

std::span<const ModelKind> models();
const ModelKind& model_kind(std::string_view name);  // wrong usage: unknown, naming those known

// What a model wants texts for, going by the `head` of its configuration or settings.
data::Task text_task(const ModelKind& kind, const nlohmann::json& config,
                     std::span<const Setting> settings);

// Nothing that has no targets can be trained with them: the data set as this model learns it.
data::Dataset without_targets(data::Dataset dataset);

}  // namespace lemnos
