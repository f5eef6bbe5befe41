// SPDX-License-Identifier: Apache-2.0
// What a user can say of a run besides its model and technique: each field of RunConfig named once,
// with what it means, for those who ask for it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/train/run.h"

namespace lemnos {

struct RunField {
  enum class Group { data, training, output };
  std::string name;  // "clip_norm"
  Group group = Group::training;
  std::string help;                  // "longest gradient allowed"
  std::string usual;                 // what holds where nothing is said: "any"
  std::vector<std::string> choices;  // all there are; none: any text, or a number
  bool texts_only = false;           // of data sets of texts: models of tokens, or features tfidf

  // Wrong usage: text that is no such value, or one out of range, named as its flag. Empty: as if
  // nobody had said anything.
  std::function<void(RunConfig& config, std::string_view text)> set;
  std::function<std::string(const RunConfig& config)> text;  // as set() takes it
};

std::span<const RunField> run_fields();

std::string flag_of(std::string_view field);  // "--clip-norm"

}  // namespace lemnos
