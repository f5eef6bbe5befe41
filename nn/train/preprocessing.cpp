// SPDX-License-Identifier: Apache-2.0
#include "nn/train/preprocessing.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "data/datasets/split.h"
#include "ops/pointwise/pointwise.h"
#include "runtime/base/log.h"

namespace lemnos {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> task_names{"none",       "classes",  "regression",
                                                     "next_token", "sequence", "boxes"};

constexpr std::array dtypes{DType::u8, DType::f32, DType::i32};

Shape row_shape(const data::Array& array) { return array.shape.without(0); }

std::string_view kind(data::Task task) { return task_names[static_cast<std::size_t>(task)]; }

void check_regression_targets(const data::Split& split, const std::string& name) {
  if (split.rows() == 0) return;
  check(split.targets.shape == Shape{split.rows(), 1}, "{}: regression targets are [N, 1], not {}",
        name, split.targets.shape);
}

void drop_outliers(data::Dataset& dataset, const data::FeatureTransform& features) {
  const std::int64_t before = dataset.train.rows();
  const auto rows = features.rows_to_train_on(dataset.train.inputs);
  dataset.train = data::take(dataset.train, rows);
  if (dataset.train.rows() < before)
    log::info("{}: {} of {} rows to train on dropped: they have outliers", dataset.name,
              before - dataset.train.rows(), before);
}

Preprocessing parse(const json& stored) {
  Preprocessing result;
  const auto task = std::ranges::find(task_names, stored.at("task").get<std::string>());
  check(task != task_names.end(), "an unknown task");
  result.task = static_cast<data::Task>(task - task_names.begin());
  const auto sizes = stored.at("input").get<std::vector<std::uint64_t>>();
  result.input = data::declared_shape(sizes, "the input");
  const auto dtype = stored.at("dtype").get<std::string>();
  const auto known = std::ranges::find(dtypes, dtype, name_of);
  check(known != dtypes.end(), "the element type {}", dtype);
  result.dtype = *known;
  result.class_names = stored.at("classes").get<std::vector<std::string>>();
  result.input_names = stored.at("features").get<std::vector<std::string>>();
  if (stored.contains("text")) result.text = TextEncoding::from_json(stored["text"]);
  check((result.dtype == DType::i32) == (result.vocabulary() > 0), "tokens of no tokenizer");
  if (stored.contains("inputs"))
    result.inputs = data::FeatureTransform::from_json(stored["inputs"]);
  if (stored.contains("targets"))
    result.targets = data::FeatureTransform::from_json(stored["targets"]);
  const auto features = static_cast<std::size_t>(result.features());
  check(!result.inputs || result.inputs->offset.size() == features, "scales of other features");
  check(result.input_names.empty() || result.input_names.size() == features, "names of features");
  check(!result.targets || result.targets->offset.size() == 1, "more than one target");
  const bool labelled = result.task == data::Task::classes || result.task == data::Task::boxes;
  check(labelled == !result.class_names.empty(), "classes and task");
  return result;
}

}  // namespace

Preprocessing Preprocessing::fit(const data::Dataset& dataset, const TextSettings& settings,
                                 std::optional<TextEncoding> encoding,
                                 const data::FeatureSettings& features) {
  Preprocessing result{
      .task = dataset.task, .class_names = dataset.class_names, .input_names = dataset.input_names};
  if (!dataset.train.texts.empty()) {
    result.text = encoding ? std::move(encoding) : TextEncoding::fit(dataset, settings);
    const bool window = dataset.task == data::Task::next_token;
    result.input = Shape{result.text->features() + (window ? 1 : 0)};
    result.dtype = result.text->tfidf ? DType::f32 : DType::i32;
    return result;
  }
  result.input = row_shape(dataset.train.inputs);
  result.dtype = dataset.train.inputs.dtype;
  check(result.dtype == DType::u8 || result.dtype == DType::f32,
        "{}: inputs are u8 images or f32 features, not {}", dataset.name, name_of(result.dtype));
  if (!result.images())
    result.inputs =
        data::FeatureTransform::fit(dataset.train.inputs, features, dataset.input_names);
  if (dataset.task == data::Task::regression) {
    check_regression_targets(dataset.train, dataset.name);
    result.targets = data::FeatureTransform::fit(dataset.train.targets);
  }
  return result;
}

data::Dataset Preprocessing::apply(data::Dataset dataset) const {
  if (dataset.task != task)
    fail_usage("{}: its targets are of kind '{}', the model was trained for '{}'", dataset.name,
               kind(dataset.task), kind(task));
  if (dataset.class_names.size() != class_names.size())
    fail_usage("{}: it has {} classes, the model {}", dataset.name, dataset.class_names.size(),
               class_names.size());
  if (inputs && inputs->drops) drop_outliers(dataset, *inputs);
  for (data::Split* split : {&dataset.train, &dataset.test}) {
    if (split->rows() == 0) continue;
    if (text) text->apply(*split, task, dataset.name);
    split->inputs = apply(std::move(split->inputs), dataset.name);
    if (targets) {
      check_regression_targets(*split, dataset.name);
      split->targets = targets->apply(split->targets);
    }
  }
  return dataset;
}

data::Dataset Preprocessing::apply_to_inputs(data::Dataset dataset) const {
  for (data::Split* split : {&dataset.train, &dataset.test}) {
    if (split->rows() == 0) continue;
    if (text)
      text->apply(*split, dataset.task, dataset.name);
    else
      split->inputs = apply(std::move(split->inputs), dataset.name);
  }
  return dataset;
}

data::Array Preprocessing::apply(data::Array rows, std::string_view name) const {
  const bool known_type = rows.dtype == dtype || (images() && rows.dtype == DType::f32);
  if (rows.empty() || rows.shape.rank() == 0 || !(row_shape(rows) == input) || !known_type)
    fail("{}: the model takes rows {} of {}, these are {} of {}", name, input, name_of(dtype),
         rows.shape, name_of(rows.dtype));
  return inputs ? inputs->apply(rows) : std::move(rows);
}

json Preprocessing::to_json() const {
  json stored{{"task", kind(task)},
              {"input", std::vector<std::int64_t>(input.begin(), input.end())},
              {"dtype", name_of(dtype)},
              {"classes", class_names},
              {"features", input_names}};
  if (text) stored["text"] = text->to_json();
  if (inputs) stored["inputs"] = inputs->to_json();
  if (targets) stored["targets"] = targets->to_json();
  return stored;
}

Preprocessing Preprocessing::from_json(const json& stored) {
  try {
    return parse(stored);
  } catch (const json::exception&) {
    fail("the stored preprocessing is damaged: {}", stored.dump().substr(0, 200));
  } catch (const Error& error) {
    fail("the stored preprocessing is damaged: {}", error.what());
  }
}

Tensor normalized(const Tensor& inputs) {
  return inputs.dtype() == DType::u8 ? cast(inputs, DType::f32) / 255.0 : inputs;
}

}  // namespace lemnos
