// SPDX-License-Identifier: Apache-2.0
// Any model with new weights, and data for it.
#pragma once

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

#include "data/datasets/synthetic.h"
#include "nn/init.h"
#include "nn/train/generator.h"
#include "nn/train/models.h"

namespace lemnos::test {

using Floats = std::vector<float>;

inline data::Dataset few_texts() {
  data::Dataset set{.name = "texts", .task = data::Task::classes, .class_names = {"a", "b", "c"}};
  set.train.texts = {"one two three four five six", "two", "three one", "six six five"};
  set.train.targets = data::Array::of<std::uint32_t>({4}, {0, 1, 2, 0});
  return set;
}

inline data::Dataset running_text() {
  data::Dataset set{.name = "text", .task = data::Task::next_token};
  set.train.texts = {"one two three four five six seven eight nine ten"};
  return set;
}

// Texts are rows of 7 tokens.
struct Made {
  Preprocessing preprocessing;
  data::Array inputs;  // of the training split
  nlohmann::json config;
  std::unique_ptr<Task> task;

  Made(std::string_view model, data::Dataset data, const std::vector<Setting>& settings) {
    preprocessing = Preprocessing::fit(data, {.length = data.train.texts.empty() ? 0 : 7});
    inputs = preprocessing.apply(std::move(data)).train.inputs;
    const ModelKind& kind = model_kind(model);
    seed(11);
    config = kind.configure(preprocessing, "", nullptr, settings);
    task = kind.make(config, preprocessing);
  }
  data::Array ask(Tensor (Task::*function)(const Tensor&) const) const {
    return answers(inputs, [&](const Tensor& x) { return std::vector{(*task.*function)(x)}; })[0];
  }
  State& state(std::string_view name) const {
    for (const Parameter& each : task->parameters())
      if (each.name == name) return *each.tensor.state();
    throw std::runtime_error(fmt::format("there is no parameter {}", name));
  }
  Floats parameter(std::string_view name) const { return state(name).values(); }
};

}  // namespace lemnos::test
