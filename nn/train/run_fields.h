// SPDX-License-Identifier: Apache-2.0
// What a user can say of a run besides its model: each field of RunConfig named once, with what it
// means. They are the flags of `lemnos train`, in their order, and the viewer's form.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nn/train/run.h"

namespace lemnos {

struct RunField {
  enum class Group { data, training, technique, output };
  Group group = Group::data;
  std::string name;                  // "clip_norm"
  std::string help;                  // "longest gradient allowed"
  std::string usual;                 // what holds where nothing is said: "any"
  std::string type;                  // INT, FLOAT or TEXT; none: a flag that says true
  std::vector<std::string> choices;  // all there are; none: any text, or a number
  bool texts_only = false;           // of data sets of texts: models of tokens, or features tfidf

  // In the order of the fields. Wrong usage: text that is no such value, named as its flag;
  // RunConfig::verify() knows what does not go together.
  std::function<void(RunConfig& config, std::string_view text)> set;
  // As set() takes it; empty: as where nothing is said.
  std::function<std::string(const RunConfig& config)> text;
};

std::span<const RunField> run_fields();

std::string flag_of(std::string_view field);  // "--clip-norm"

}  // namespace lemnos
