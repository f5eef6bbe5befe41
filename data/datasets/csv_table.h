// SPDX-License-Identifier: Apache-2.0
// A .csv file as a data set: one column is the target, all others are numeric features.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "data/datasets/feature_transform.h"

namespace lemnos::data {

struct Dataset;

enum class TargetKind { automatic, classes, regression };

struct TableOptions {
  std::string target;      // name of the target column; empty: the last one
  double held_out = 0.2;   // fraction of the rows that become the test split, from 0 to below 1
  std::uint64_t seed = 0;  // of the shuffle that chooses them
  TargetKind kind = TargetKind::automatic;
  Missing missing = Missing::error;
};

// A text target, or whole numbers with at most 20 distinct values that repeat, becomes classes
// (sorted; names from scikit-learn's first line where there is one); any other target is
// regression. Features are left as they are: see FeatureTransform. A text feature, and a number
// that is not finite, are errors naming row and column, and so is a missing cell, unless:
// missing = drop: rows that have one are left out before the table is split, and counted aloud;
// missing = mean or median: they are NaN. Rows without a target are left out, and counted aloud.
Dataset csv_table(const std::filesystem::path& path, const TableOptions& options = {});

}  // namespace lemnos::data
