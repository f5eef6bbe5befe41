// SPDX-License-Identifier: Apache-2.0
// What happens to data before a model sees them, fitted on the training split and kept in the
// checkpoint, so that a model is never used with other preprocessing than it was trained with.
//
// Images stay u8 on the device and become f32 in [0, 1] inside the compiled function
// (normalized). Features of tables are transformed on the host, and regression targets
// standardised. Texts become tokens or word weights there (text_encoding.h).
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/datasets/dataset.h"
#include "data/datasets/feature_transform.h"
#include "nn/train/text_encoding.h"
#include "runtime/tensor/tensor.h"

namespace lemnos {

struct Preprocessing {
  data::Task task = data::Task::none;
  Shape input;               // of one row: [28, 28, 1], [30]
  DType dtype = DType::f32;  // of the inputs as stored
  std::vector<std::string> class_names;
  std::vector<std::string> input_names;  // of a table's features
  std::optional<data::FeatureTransform> inputs, targets;
  std::optional<TextEncoding> text;

  // settings: for texts only. A model that goes on from another's weights takes its encoding.
  // features: for tables only.
  static Preprocessing fit(const data::Dataset& dataset, const TextSettings& settings = {},
                           std::optional<TextEncoding> encoding = {},
                           const data::FeatureSettings& features = {});

  bool images() const { return dtype == DType::u8; }
  std::int64_t features() const { return input.elements(); }
  std::int64_t classes() const { return static_cast<std::int64_t>(class_names.size()); }
  std::int64_t vocabulary() const { return text && !text->tfidf ? text->tokens->vocabulary() : 0; }

  // Whether missing features of a row are filled.
  bool fills() const { return inputs && !inputs->fill.empty(); }

  // The data set as the model wants it; rows to train on that have outliers are dropped where that
  // was asked for. Fails when its rows are not of this kind.
  data::Dataset apply(data::Dataset dataset) const;
  // The same of the inputs alone: targets stay as they are, whatever they are. Texts with labels
  // are rows of tokens, running text is windows of them.
  data::Dataset apply_to_inputs(data::Dataset dataset) const;
  // Rows without targets: images u8 or (f32 in [0, 1], as .npy may hold), raw features, tokens.
  data::Array apply(data::Array inputs, std::string_view name) const;
  // A target, or a size in its unit, as the user measures it.
  double target_scale() const { return targets ? targets->scale[0] : 1; }
  double target(double standardized) const {
    return targets ? targets->offset[0] + targets->scale[0] * standardized : standardized;
  }

  nlohmann::json to_json() const;
  static Preprocessing from_json(const nlohmann::json& json);  // fails when it is damaged
};

// Recorded: pixels become f32 in [0, 1]; f32 passes.
Tensor normalized(const Tensor& inputs);

}  // namespace lemnos
