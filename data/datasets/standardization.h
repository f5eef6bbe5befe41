// SPDX-License-Identifier: Apache-2.0
// Standardisation: (x - mean) / scale for each feature, fitted on the training split only, applied
// to every later input, and stored in the checkpoint.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "data/array.h"

namespace lemnos::data {

struct Standardization {
  std::vector<float> mean;
  std::vector<float> scale;  // standard deviation (of the population); 1 for a constant feature

  // inputs: f32 [N, features], or [N, ...], every element of a row being a feature.
  static Standardization fit(const Array& inputs);
  Array apply(const Array& inputs) const;  // same shape; fails when the features do not match

  nlohmann::json to_json() const;  // {"mean": [...], "scale": [...]}: exact
  static Standardization from_json(const nlohmann::json& json);
};

}  // namespace lemnos::data
