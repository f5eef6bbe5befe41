// SPDX-License-Identifier: Apache-2.0
// What a sweep varies: settings of the flags of `train`, from a grid and from random draws.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/train/models.h"

namespace lemnos {

// A flag and what it is set to. Texts are what a user writes:
//   lr=1e-3,1e-2          these values
//   hidden=64;128,128     the same where a value has commas itself
//   lr=1e-5..1e-1:log     random only: uniform from end to end, or uniform in its logarithm
//   layers=2..6           whole numbers, both ends included, as both ends are written so
struct Axis {
  struct Range {
    double low = 0, high = 0;
    bool log = false, whole = false;
  };
  std::string flag;                 // "lr", "weight-decay"
  std::vector<std::string> values;  // of a range its two ends
  std::optional<Range> range;

  // Wrong usage: text that is no axis. option: "--grid" or "--random"; only the latter has ranges.
  static Axis parse(std::string_view option, std::string_view text);
  // One of the values or from the range. word: 32 random bits.
  std::string draw(std::uint32_t word) const;
};

struct SweepPlan {
  std::string model;
  std::vector<std::string> arguments;  // of `train`, for every run
  std::vector<std::string> grid, random;
  std::int64_t draws = 0;                  // of all random axes together, at each point of the grid
  std::optional<std::int64_t> folds = {};  // runs of each trial
  std::uint64_t seed = 0;                  // of the draws

  // Grid first, then random, each in the order given. Wrong usage: axes that do not go together.
  std::vector<Axis> axes() const;
  // Of `train` for one run, the model first.
  std::vector<std::string> train_arguments(const std::vector<Setting>& settings,
                                           std::optional<std::int64_t> fold) const;
  // One for each point of the grid, of which the last axis changes fastest, and each draw. Draw n
  // is the same at every point; of axis a (of the random ones) it is made of word n of Philox
  // stream 2^32-2, step a, so that more draws begin with the same ones. Wrong usage: too many.
  std::vector<std::vector<Setting>> trials() const;

  nlohmann::ordered_json to_json() const;
  static SweepPlan from_json(const nlohmann::json& json);
  bool operator==(const SweepPlan&) const = default;
};

}  // namespace lemnos
