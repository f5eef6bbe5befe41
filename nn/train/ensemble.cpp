// SPDX-License-Identifier: Apache-2.0
#include "nn/train/ensemble.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nn/train/evaluator.h"
#include "nn/train/run.h"

namespace lemnos {
namespace {

namespace fs = std::filesystem;

// One logit is that of class 1 beside a 0 for class 0.
std::vector<double> logits_of(const data::Array& logits, std::size_t row) {
  const auto width = static_cast<std::size_t>(logits.shape[1]);
  const auto values = logits.as<float>().subspan(row * width, width);
  std::vector<double> all(values.begin(), values.end());
  if (width == 1) all.insert(all.begin(), 0);
  return all;
}

double log_sum_exp(std::span<const double> values) {
  const double largest = *std::ranges::max_element(values);
  double sum = 0;
  for (const double value : values) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

std::size_t largest_of(std::span<const double> values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

// What all runs are compared with.
struct First {
  std::string run;
  RunConfig config;
  Preprocessing preprocessing;
  data::Split split;  // as it is in its files
};

std::string text_of(const Preprocessing& data) {
  if (data.task == data::Task::regression) return "a number";
  return fmt::format("{} classes ({})", data.classes(), fmt::join(data.class_names, ", "));
}

std::string text_of(const TextEncoding& text) {
  return fmt::format("{} of {}, {} in a row", text.tfidf ? "word weights" : "tokens",
                     text.tokens->vocabulary(), text.features());
}

std::string columns_of(const Preprocessing& data) {
  return data.input_names.empty() ? "" : fmt::format(" ({})", fmt::join(data.input_names, ", "));
}

void require_same_answers(const First& first, const std::string& run, const Preprocessing& given) {
  const Preprocessing& all = first.preprocessing;
  if (given.task != all.task || given.class_names != all.class_names)
    fail_usage("--ensemble: {} predicts {}, but {} predicts {}", run, text_of(given), first.run,
               text_of(all));
  if (given.text.has_value() != all.text.has_value())
    fail_usage("--ensemble: one of {} and {} reads texts, the other does not", run, first.run);
  if (given.text && given.text->to_json() != all.text->to_json())
    fail_usage("--ensemble: {} encodes its texts otherwise than {}: {}, not {}", run, first.run,
               text_of(*given.text), text_of(*all.text));
  if (!(given.input == all.input) || given.dtype != all.dtype ||
      given.input_names != all.input_names)
    fail_usage("--ensemble: {} takes rows {} of {}{}, but {} {} of {}{}", run, given.input,
               name_of(given.dtype), columns_of(given), first.run, all.input, name_of(all.dtype),
               columns_of(all));
}

std::string held_out_by(const RunConfig& config) {
  return config.folds ? fmt::format("part {} of {}", *config.fold, *config.folds)
                      : "the data's own";
}

std::string rows_of(const RunConfig& config) {
  return fmt::format("{} with --data-seed {}, of which {} is held out", config.data,
                     config.seed_of_data(), held_out_by(config));
}

void require_same_rows(const First& first, const std::string& run, const RunConfig& config,
                       const data::Split& split) {
  const data::Split& all = first.split;
  if (split.inputs.bytes == all.inputs.bytes && split.targets.bytes == all.targets.bytes &&
      split.texts == all.texts)
    return;
  fail_usage(
      "--ensemble: {} is judged by other rows than {}: those of {}, not of {}; --data judges all "
      "runs by what a data set itself holds out",
      run, first.run, rows_of(config), rows_of(first.config));
}

data::Split& split_of(data::Dataset& dataset, const EnsembleOptions& options) {
  return options.split == "test" ? dataset.test : dataset.train;
}

// What a run is judged by, as it is in its files.
data::Dataset open_rows(const Run& run, const EnsembleOptions& options) {
  data::Dataset dataset = open_unprocessed(run, options.data);
  (options.split == "test" ? dataset.train : dataset.test) = {};
  if (split_of(dataset, options).rows() == 0)
    fail("{}: it has no {} split", dataset.name, options.split);
  return dataset;
}

std::vector<double> in_own_unit(const data::Array& standardized, const Preprocessing& data) {
  std::vector<double> values;
  for (const float value : standardized.as<float>()) values.push_back(data.target(value));
  return values;
}

bool finite(const data::Array& rows) {
  return std::ranges::all_of(rows.as<float>(), [](float x) { return std::isfinite(x); });
}

void judge_classes_together(std::span<const data::Array> logits, const data::Split& split,
                            EnsembleMetrics& result) {
  const auto labels = split.targets.as<std::uint32_t>();
  const data::Array mean = mean_log_probabilities(logits);
  const auto width = static_cast<std::size_t>(mean.shape[1]);
  double loss = 0;
  for (std::size_t i = 0; i < labels.size(); ++i)
    loss -= mean.as<float>()[i * width + labels[i]] / static_cast<double>(labels.size());
  result.mean = judge_classes(mean, labels, loss);

  const auto votes = majority_vote(logits, mean);
  Confusion confusion(width, std::vector<std::uint64_t>(width));
  for (std::size_t i = 0; i < labels.size(); ++i) ++confusion[labels[i]][votes[i]];
  result.vote = Metrics{.values = classification_metrics(confusion), .confusion = confusion};
}

// predictions: of each model, in the unit of the target.
Metrics judge_mean(const std::vector<std::vector<double>>& predictions, const data::Split& split) {
  const auto targets = split.targets.as<float>();
  const auto rows = static_cast<double>(targets.size());
  double squared = 0, absolute = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    double mean = 0;
    for (const auto& each : predictions) mean += each[i] / static_cast<double>(predictions.size());
    squared += (mean - targets[i]) * (mean - targets[i]) / rows;
    absolute += std::abs(mean - targets[i]) / rows;
  }
  return {.values = regression_metrics(squared, absolute, targets)};
}

}  // namespace

data::Array mean_log_probabilities(std::span<const data::Array> logits) {
  const auto rows = static_cast<std::size_t>(logits[0].rows());
  const std::size_t classes = logits_of(logits[0], 0).size();
  data::Array result =
      data::Array::zeros(DType::f32, {logits[0].rows(), static_cast<std::int64_t>(classes)});
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<std::vector<double>> of_class(classes);  // log of each model's probability
    for (const data::Array& each : logits) {
      const std::vector<double> values = logits_of(each, row);
      const double total = log_sum_exp(values);
      for (std::size_t k = 0; k < classes; ++k) of_class[k].push_back(values[k] - total);
    }
    for (std::size_t k = 0; k < classes; ++k)
      result.as<float>()[row * classes + k] = static_cast<float>(
          log_sum_exp(of_class[k]) - std::log(static_cast<double>(logits.size())));
  }
  return result;
}

std::vector<std::uint32_t> majority_vote(std::span<const data::Array> logits,
                                         const data::Array& mean_log_probabilities) {
  std::vector<std::uint32_t> votes;
  for (std::size_t row = 0; row < static_cast<std::size_t>(mean_log_probabilities.rows()); ++row) {
    const std::vector<double> mean = logits_of(mean_log_probabilities, row);
    std::vector<int> count(mean.size());
    for (const data::Array& each : logits) ++count[largest_of(logits_of(each, row))];
    std::size_t best = 0;
    for (std::size_t k = 1; k < mean.size(); ++k)
      if (count[k] > count[best] || (count[k] == count[best] && mean[k] > mean[best])) best = k;
    votes.push_back(static_cast<std::uint32_t>(best));
  }
  return votes;
}

EnsembleMetrics evaluate_ensemble(std::span<const fs::path> runs, const EnsembleOptions& options) {
  if (runs.size() < 2) fail_usage("--ensemble needs two runs or more, not {}", runs.size());
  EnsembleMetrics result;
  std::optional<First> first;
  std::vector<data::Array> answers;
  std::vector<std::vector<double>> numbers;
  for (const fs::path& path : runs) {
    const std::string name = path.string();
    const Run run = open_run(RunFolder::open(path), WithData::no);
    if (!run.task->predicts())
      fail_usage("--ensemble: {} ({}) predicts neither a class nor a number", name,
                 run.config.model);
    data::Dataset dataset = open_rows(run, options);
    if (!first) first = First{name, run.config, run.preprocessing, split_of(dataset, options)};
    require_same_answers(*first, name, run.preprocessing);
    require_same_rows(*first, name, run.config, split_of(dataset, options));

    result.data = dataset.name;
    dataset = run.preprocessing.apply(std::move(dataset));
    Evaluator evaluator(*run.task, split_of(dataset, options), run.config.seed, options.exec);
    result.members.push_back({name, run.checkpoint->step(), evaluator.run()});
    answers.push_back(evaluator.rows());
    if (!finite(answers.back())) fail("{}: what it predicts is not finite", name);
    numbers.push_back(in_own_unit(answers.back(), run.preprocessing));
  }
  result.rows = first->split.rows();
  if (first->preprocessing.task == data::Task::classes)
    judge_classes_together(answers, first->split, result);
  else
    result.mean = judge_mean(numbers, first->split);
  return result;
}

}  // namespace lemnos
