// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/standardization.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace lemnos::data {
namespace {

std::vector<float> to_floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

std::vector<float> floats_of(const nlohmann::json& json, const char* key) {
  try {
    return json.at(key).get<std::vector<float>>();
  } catch (const nlohmann::json::exception&) {
    fail("the stored standardisation lacks the list of numbers '{}'", key);
  }
}

}  // namespace

Standardization Standardization::fit(const Array& inputs) {
  const auto values = inputs.as<float>();
  check(!values.empty(), "there are no inputs to fit the standardisation on");
  const auto rows = static_cast<std::size_t>(inputs.rows());
  const std::size_t width = values.size() / rows;
  std::vector<double> mean(width), deviation(width);
  for (std::size_t i = 0; i < values.size(); ++i) mean[i % width] += values[i];
  for (double& sum : mean) sum /= static_cast<double>(rows);
  for (std::size_t i = 0; i < values.size(); ++i)
    deviation[i % width] += std::pow(values[i] - mean[i % width], 2);
  for (std::size_t i = 0; i < width; ++i) {
    deviation[i] = std::sqrt(deviation[i] / static_cast<double>(rows));
    // A constant feature: what rounding leaves of it must not be blown up to the size of the
    // others.
    if (deviation[i] <= 1e-7 * std::abs(mean[i]) || deviation[i] < 1e-30) deviation[i] = 1;
  }
  return {to_floats(mean), to_floats(deviation)};
}

Array Standardization::apply(const Array& inputs) const {
  Array result = inputs;
  const auto values = result.as<float>();
  const std::size_t width = mean.size();
  check(inputs.row_bytes() == width * sizeof(float) && scale.size() == width,
        "the inputs {} have {} features, but the standardisation was fitted on {}", inputs.shape,
        inputs.row_bytes() / sizeof(float), width);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = (values[i] - mean[i % width]) / scale[i % width];
  return result;
}

nlohmann::json Standardization::to_json() const { return {{"mean", mean}, {"scale", scale}}; }

Standardization Standardization::from_json(const nlohmann::json& json) {
  Standardization result{floats_of(json, "mean"), floats_of(json, "scale")};
  check(!result.mean.empty() && result.mean.size() == result.scale.size(),
        "the stored standardisation has {} means and {} scales", result.mean.size(),
        result.scale.size());
  for (std::size_t i = 0; i < result.mean.size(); ++i)
    check(std::isfinite(result.mean[i]) && std::isfinite(result.scale[i]) && result.scale[i] > 0,
          "the stored standardisation of feature {} is wrong: mean {}, scale {}", i, result.mean[i],
          result.scale[i]);
  return result;
}

}  // namespace lemnos::data
