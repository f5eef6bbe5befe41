// SPDX-License-Identifier: Apache-2.0
#include "nn/insight/predictions.h"

#include <algorithm>
#include <cmath>

#include "nn/insight/spread.h"

namespace lemnos {
namespace {

std::span<const float> row_of(const data::Array& array, std::size_t row) {
  const std::size_t width = array.row_bytes() / sizeof(float);
  return array.as<float>().subspan(row * width, width);
}

// Infinite where the probability is 0 or not finite: there is nothing worse.
float loss_of(float probability) {
  return probability > 0 ? -std::log(probability) : std::numeric_limits<float>::infinity();
}

double ratio(std::uint64_t part, std::uint64_t all) {
  return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

}  // namespace

std::vector<ClassFigures> class_figures(const Confusion& confusion) {
  std::vector<ClassFigures> figures(confusion.size());
  for (std::size_t of = 0; of < confusion.size(); ++of) {
    std::uint64_t predicted = 0;
    for (std::size_t other = 0; other < confusion.size(); ++other) {
      figures[of].rows += confusion[of][other];
      predicted += confusion[other][of];
    }
    figures[of].precision = ratio(confusion[of][of], predicted);
    figures[of].recall = ratio(confusion[of][of], figures[of].rows);
  }
  return figures;
}

std::vector<Mistake> worst_mistakes(const data::Array& probabilities,
                                    std::span<const std::uint32_t> labels, std::size_t most) {
  std::vector<Mistake> mistakes;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::span<const float> p = row_of(probabilities, row);
    check(labels[row] < p.size(), "mistakes: there is no class {}", labels[row]);
    const auto best = static_cast<std::uint32_t>(std::ranges::max_element(p) - p.begin());
    if (best == labels[row]) continue;
    mistakes.push_back(
        {static_cast<std::uint32_t>(row), labels[row], best, p[best], loss_of(p[labels[row]])});
  }
  std::ranges::stable_sort(mistakes, std::greater(), &Mistake::loss);
  if (mistakes.size() > most) mistakes.resize(most);
  return mistakes;
}

HeldOutRows HeldOutRows::of(const data::Dataset& dataset, std::int64_t count) {
  const bool held_out = dataset.test.rows() > 0;
  const data::Split& split = held_out ? dataset.test : dataset.train;
  check(split.inputs.rows() > 0, "{}: there are no rows to look at", dataset.name);
  HeldOutRows some{.rows = spread_rows(split.inputs.rows(), count), .held_out = held_out};
  some.inputs = split.inputs.take(some.rows);
  if (!split.targets.empty()) some.targets = split.targets.take(some.rows);
  return some;
}

bool Predictions::possible(const Task& task, const data::Dataset& dataset) {
  return task.predicts() && dataset.task == data::Task::classes;
}

Predictions::Predictions(const Task& task, const data::Dataset& dataset, std::int64_t rows,
                         std::size_t mistakes, const First& first)
    : rows_(HeldOutRows::of(dataset, rows)),
      mistakes_(mistakes),
      answers_([&task, first](const Tensor& x) {
        first();
        return std::vector{task.predict(x)};
      }) {
  if (!possible(task, dataset)) fail_usage("{}: this model tells no classes apart", dataset.name);
}

PredictionsLook Predictions::look() {
  const data::Array probabilities = answers_.of(rows_.inputs)[0];
  const auto labels = rows_.targets.as<std::uint32_t>();
  PredictionsLook look{.confusion = confusion_of(probabilities, labels),
                       .rows = std::ssize(labels),
                       .held_out = rows_.held_out,
                       .mistakes = worst_mistakes(probabilities, labels, mistakes_)};
  look.classes = class_figures(look.confusion);
  std::uint64_t right = 0;
  for (std::size_t i = 0; i < look.confusion.size(); ++i) right += look.confusion[i][i];
  look.accuracy = ratio(right, labels.size());
  std::vector<std::uint32_t> places;
  for (Mistake& each : look.mistakes) {
    places.push_back(each.row);
    each.row = rows_.rows[each.row];
  }
  if (rows_.inputs.shape.rank() == 4 && !places.empty()) look.pictures = rows_.inputs.take(places);
  return look;
}

FoundBoxes::FoundBoxes(const Task& task, const data::Dataset& dataset, std::int64_t images,
                       const First& first)
    : rows_(HeldOutRows::of(dataset, images)),
      classes_(dataset.class_names.size()),
      answers_([&task, first](const Tensor& x) {
        first();
        return std::vector{task.detect(x)};
      }) {
  if (!task.detects()) fail_usage("{}: this model detects nothing", dataset.name);
}

BoxesLook FoundBoxes::look() {
  const data::Array candidates = answers_.of(rows_.inputs)[0];
  BoxesLook look{.images = rows_.inputs, .rows = rows_.rows};
  for (std::size_t i = 0; i < rows_.rows.size(); ++i)
    look.judged.push_back(
        {detections_of(row_of(candidates, i), classes_, shown_from, Labels::surest),
         rows_.targets.empty() ? std::vector<Detection>() : true_boxes(row_of(rows_.targets, i))});
  return look;
}

}  // namespace lemnos
