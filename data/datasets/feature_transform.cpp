// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/feature_transform.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

namespace lemnos::data {
namespace {

constexpr double most_deviations = 3, most_quartile_distances = 1.5;

double mean_of(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Of the population; 0 where all that is left of a constant feature is what rounding made of it,
// which must not be blown up to the size of the others.
double deviation_of(std::span<const float> values, double mean) {
  double sum = 0;
  for (const float value : values) sum += std::pow(value - mean, 2);
  const double deviation = std::sqrt(sum / static_cast<double>(values.size()));
  return deviation <= 1e-7 * std::abs(mean) || deviation < 1e-30 ? 0 : deviation;
}

double quantile(std::span<const float> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double next = sorted[std::min(below + 1, sorted.size() - 1)];
  return sorted[below] + (place - std::floor(place)) * (next - sorted[below]);
}

// All that follow take the numbers of one feature, without those that are missing.

float fill_of(std::vector<float> numbers, Missing missing) {
  if (missing == Missing::mean) return static_cast<float>(mean_of(numbers));
  std::ranges::sort(numbers);
  return static_cast<float>(quantile(numbers, 0.5));
}

std::pair<float, float> bounds_of(std::vector<float> numbers, OutlierRule rule) {
  double low = mean_of(numbers), high = low, reach = 0;
  if (rule == OutlierRule::zscore) {
    reach = most_deviations * deviation_of(numbers, low);
  } else {
    std::ranges::sort(numbers);
    low = quantile(numbers, 0.25);
    high = quantile(numbers, 0.75);
    reach = most_quartile_distances * (high - low);
  }
  constexpr float most = std::numeric_limits<float>::max();
  if (reach == 0) return {-most, most};
  return {static_cast<float>(low - reach), static_cast<float>(high + reach)};
}

std::pair<float, float> offset_and_scale(std::span<const float> numbers, Scaling scaling) {
  const auto [least, most] = std::ranges::minmax(numbers);
  double offset = 0, scale = 1;
  if (scaling == Scaling::standard) {
    offset = mean_of(numbers);
    scale = deviation_of(numbers, offset);
  } else if (scaling != Scaling::none) {
    const double middle = (double{least} + most) / 2;
    offset = scaling == Scaling::minmax ? least : middle;
    scale = scaling == Scaling::minmax ? double{most} - least : most - middle;
  }
  return {static_cast<float>(offset), scale > 0 ? static_cast<float>(scale) : 1.0f};
}

std::vector<float> numbers_of(const Array& inputs, std::size_t feature, std::size_t width) {
  const auto values = inputs.as<float>();
  std::vector<float> numbers;
  for (std::size_t i = feature; i < values.size(); i += width)
    if (!std::isnan(values[i])) numbers.push_back(values[i]);
  return numbers;
}

std::vector<float> floats_of(const nlohmann::json& json, const char* key, bool needed = true) {
  if (!needed && json.is_object() && !json.contains(key)) return {};
  try {
    return json.at(key).get<std::vector<float>>();
  } catch (const nlohmann::json::exception&) {
    fail("the stored scaling of features lacks the list of numbers '{}'", key);
  }
}

void check_finite(const std::vector<float>& values, const char* key, std::size_t width) {
  check(values.empty() || values.size() == width,
        "the stored scaling of features has {} numbers of '{}' for {} features", values.size(), key,
        width);
  for (std::size_t i = 0; i < values.size(); ++i)
    check(std::isfinite(values[i]), "the stored scaling of feature {} is wrong: {} {}", i, key,
          values[i]);
}

}  // namespace

FeatureTransform FeatureTransform::fit(const Array& inputs, const FeatureSettings& settings,
                                       std::span<const std::string> names) {
  check(!inputs.empty(), "there are no inputs to fit the scaling of features on");
  FeatureTransform result{.drops = settings.outliers == Outliers::drop};
  const std::size_t width = inputs.row_bytes() / sizeof(float);
  const bool fills = settings.missing == Missing::mean || settings.missing == Missing::median;
  for (std::size_t feature = 0; feature < width; ++feature) {
    const std::vector<float> numbers = numbers_of(inputs, feature, width);
    if (numbers.empty() || (!fills && numbers.size() * width < inputs.as<float>().size()))
      fail("feature '{}' is missing in {} rows to train on; {}",
           feature < names.size() ? names[feature] : fmt::format("{}", feature),
           numbers.empty() ? "all" : "some",
           numbers.empty() ? "remove the column" : "these can be filled by its mean or median");
    if (fills) result.fill.push_back(fill_of(numbers, settings.missing));
    if (settings.outliers == Outliers::keep) continue;
    const auto [low, high] = bounds_of(numbers, settings.rule);
    result.low.push_back(low);
    result.high.push_back(high);
  }
  // Scaled is what is left: with missing values filled and without outliers.
  const Array left =
      result.apply(result.drops ? inputs.take(result.rows_to_train_on(inputs)) : inputs);
  for (std::size_t feature = 0; feature < width; ++feature) {
    const auto [offset, scale] =
        offset_and_scale(numbers_of(left, feature, width), settings.scaling);
    result.offset.push_back(offset);
    result.scale.push_back(scale);
  }
  return result;
}

Array FeatureTransform::apply(const Array& inputs) const {
  Array result = inputs;
  const auto values = result.as<float>();
  const std::size_t width = inputs.row_bytes() / sizeof(float);
  for (const auto* numbers : {&fill, &low, &high, &offset, &scale})
    check(numbers->empty() || numbers->size() == width,
          "the inputs {} have {} features, but the scaling was fitted on {}", inputs.shape, width,
          numbers->size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t feature = i % width;
    float& value = values[i];
    if (!fill.empty() && std::isnan(value)) value = fill[feature];
    if (!low.empty() && !drops) value = std::clamp(value, low[feature], high[feature]);
    if (!scale.empty()) value = (value - offset[feature]) / scale[feature];
  }
  return result;
}

std::vector<std::uint32_t> FeatureTransform::rows_to_train_on(const Array& inputs) const {
  std::vector<std::uint32_t> rows;
  const auto values = inputs.as<float>();
  const std::size_t width = inputs.row_bytes() / sizeof(float);
  for (std::size_t row = 0; row * width < values.size(); ++row) {
    bool outlier = false;
    for (std::size_t i = 0; drops && i < width; ++i) {
      const float value = values[row * width + i];  // NaN is no outlier
      outlier = outlier || value < low.at(i) || value > high.at(i);
    }
    if (!outlier) rows.push_back(static_cast<std::uint32_t>(row));
  }
  if (rows.empty())
    fail("every row to train on has an outlier; clip them instead of dropping rows");
  return rows;
}

nlohmann::json FeatureTransform::to_json() const {
  nlohmann::json json{{"offset", offset}, {"scale", scale}};
  if (!fill.empty()) json["fill"] = fill;
  if (low.empty()) return json;
  json["low"] = low;
  json["high"] = high;
  json["drops"] = drops;
  return json;
}

FeatureTransform FeatureTransform::from_json(const nlohmann::json& json) {
  // Before there were other ways to scale, checkpoints called the offset what it was.
  const bool old = json.is_object() && json.contains("mean");
  FeatureTransform result{.fill = floats_of(json, "fill", false),
                          .low = floats_of(json, "low", false),
                          .high = floats_of(json, "high", false),
                          .offset = floats_of(json, old ? "mean" : "offset"),
                          .scale = floats_of(json, "scale")};
  const std::size_t width = result.offset.size();
  check(width > 0 && result.scale.size() == width && result.low.size() == result.high.size(),
        "the stored scaling of features has {} offsets and {} scales, {} and {} bounds", width,
        result.scale.size(), result.low.size(), result.high.size());
  check_finite(result.fill, "fill", width);
  check_finite(result.low, "low", width);
  check_finite(result.high, "high", width);
  check_finite(result.offset, "offset", width);
  check_finite(result.scale, "scale", width);
  for (std::size_t i = 0; i < width; ++i)
    check(result.scale[i] > 0 && (result.low.empty() || result.low[i] <= result.high[i]),
          "the stored scaling of feature {} is wrong: scale {}", i, result.scale[i]);
  if (!result.low.empty()) {
    check(json.contains("drops") && json["drops"].is_boolean(),
          "the stored scaling of features does not say whether it drops outliers");
    result.drops = json["drops"];
  }
  return result;
}

}  // namespace lemnos::data
