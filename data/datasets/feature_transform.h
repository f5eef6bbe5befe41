// SPDX-License-Identifier: Apache-2.0
// What is done to each feature of a table: missing values filled, outliers clipped or their rows
// dropped, the rest scaled, in this order. Fitted on the training split only, applied to every
// later input, and stored in the checkpoint.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "data/array.h"

namespace lemnos::data {

// Of missing values (NaN). error: there must be none. drop: rows that have one are left out where
// the table is read (csv_table). mean, median: of those that are not missing.
enum class Missing { error, drop, mean, median };
// drop: of rows to train on only; to others nothing is done.
enum class Outliers { keep, clip, drop };
// zscore: beyond 3 standard deviations from the mean. iqr: beyond 1.5 times the distance of the
// quartiles, below the first or above the third (Tukey 1977), which are interpolated as numpy does.
// A feature whose deviation, or distance, is 0 has no outliers.
enum class OutlierRule { zscore, iqr };
// standard: (x - mean) / standard deviation; minmax: to [0, 1]; symmetric: to [-1, 1]. Later inputs
// may fall outside. A constant feature becomes 0.
enum class Scaling { standard, minmax, symmetric, none };

struct FeatureSettings {
  Missing missing = Missing::error;
  Outliers outliers = Outliers::keep;
  OutlierRule rule = OutlierRule::zscore;
  Scaling scaling = Scaling::standard;

  bool operator==(const FeatureSettings&) const = default;
};

// The words for these choices.
template <class Choice>
inline constexpr std::array<std::string_view, 0> words;
template <>
inline constexpr std::array<std::string_view, 4> words<Missing>{"error", "drop", "mean", "median"};
template <>
inline constexpr std::array<std::string_view, 3> words<Outliers>{"keep", "clip", "drop"};
template <>
inline constexpr std::array<std::string_view, 2> words<OutlierRule>{"zscore", "iqr"};
template <>
inline constexpr std::array<std::string_view, 4> words<Scaling>{"standard", "minmax", "symmetric",
                                                                "none"};

template <class Choice>
std::string_view word_of(Choice choice) {
  return words<Choice>.at(static_cast<std::size_t>(choice));
}

// Wrong usage where the word is none of them, which are named; `what` begins the message.
template <class Choice>
Choice choice_of(std::string_view word, std::string_view what) {
  std::string known;
  for (std::size_t i = 0; i < words<Choice>.size(); ++i) {
    if (words<Choice>[i] == word) return static_cast<Choice>(i);
    known += (i == 0 ? "" : ", ") + std::string(words<Choice>[i]);
  }
  fail_usage("{}: there is no '{}'; known are {}", what, word, known);
}

// Each has a number for every feature, or none at all.
struct FeatureTransform {
  std::vector<float> fill;       // takes the place of NaN
  std::vector<float> low, high;  // beyond them are outliers
  bool drops = false;            // rows with outliers, instead of clipping these
  std::vector<float> offset;     // then (x - offset) / scale
  std::vector<float> scale;      // above 0

  // inputs: f32 [N, features], or [N, ...], every element of a row being a feature. names: of the
  // features, for messages. Fails on a feature that is missing in every row, and where no row is
  // without an outlier that is to be dropped.
  static FeatureTransform fit(const Array& inputs, const FeatureSettings& settings = {},
                              std::span<const std::string> names = {});

  Array apply(const Array& inputs) const;  // same shape; fails when the features do not match
  // Of rows as they are before apply(): those to train on. All, but where it drops.
  std::vector<std::uint32_t> rows_to_train_on(const Array& inputs) const;

  nlohmann::json to_json() const;  // exact
  static FeatureTransform from_json(const nlohmann::json& json);
};

}  // namespace lemnos::data
