// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels.h"

#include <utility>

namespace lemnos::viewer {
namespace {

// The average that the console prints, too.
double smoothed(double before, double now, bool first) {
  return first ? now : before + (now - before) * 0.05;
}

RunStatus::State shown(Session::State state) {
  constexpr RunStatus::State states[] = {RunStatus::State::opening, RunStatus::State::opening,
                                         RunStatus::State::running, RunStatus::State::paused,
                                         RunStatus::State::ended,   RunStatus::State::stopped,
                                         RunStatus::State::failed};
  return states[static_cast<int>(state)];
}

}  // namespace

void Panels::clear() {
  run = {};
  samples.clear();
  latent = {};
  layers = {};
  confusion = {};
  mistakes = {};
  boxes = {};
  sample = {};
  attention = {};
  filters = {};
  text = {};
  timeline.set(nullptr);
  operations.set(nullptr);
  memory.set(nullptr);
  graph.set(nullptr);
  class_names_.clear();
  offers = {};
  row = 0;
}

void Panels::show(Findings found, std::vector<ShownImages> images) {
  const std::uint64_t step = found.moment.step;
  class_names_ = found.class_names;
  found.offers.attention = offers.attention || (found.row && !found.row->attention.empty());
  offers = found.offers;
  text.possible = offers.texts;
  for (ShownImages& image : images)
    samples.add(image.name, step, std::move(image.picture), image.columns);
  if (found.latent)
    latent.show(std::move(*found.latent), picture_of(std::move(found.latent_images)));
  if (found.layers) layers.history.add(step, *found.layers, found.update_ratios);
  if (found.predictions) {
    confusion.look = *found.predictions;
    confusion.class_names = class_names_;
    confusion.step = step;
    mistakes.show(std::move(*found.predictions), class_names_);
  }
  if (found.boxes) boxes.show(std::move(*found.boxes), class_names_);
  if (found.row) show_row(found);
  if (found.text) text.add(step, found.writing, std::move(*found.text));
}

void Panels::show_row(Findings& found) {
  const bool image = found.row_input.dtype == DType::u8;
  attention.show(found.row->attention, found.row_names);
  sample.show({.row = found.row_number,
               .rows = found.rows,
               .label = found.row_label,
               .input = image ? std::move(found.row_input) : data::Array{},
               .names = found.row_names,
               .saliency = std::move(found.row->saliency),
               .scores = std::move(found.row->scores),
               .class_names = class_names_});
  if (!found.filters.empty()) filters.show(found.filters);
}

void Panels::show(const Mail& mail) {
  RunStatus& status = run.status;
  if (mail.last_step > 0) status.last_step = mail.last_step;
  for (std::size_t i = 0; i < mail.steps.moments.size(); ++i) {
    const bool first = status.ms == 0;
    status.loss = smoothed(status.loss, mail.steps.value(i, 0), first);
    status.ms = smoothed(status.ms, mail.steps.value(i, 1), first);
  }
  constexpr std::size_t most_events = 200;
  for (const Mail::Event& event : mail.events)
    run.events.push_back({event.moment.step, event.name, event.detail});
  while (run.events.size() > most_events) run.events.pop_front();
}

void Panels::show(const Session::Status& now) {
  RunStatus& status = run.status;
  status.state = shown(now.state);
  status.message = now.state == Session::State::opening     ? "reading the data"
                   : now.state == Session::State::compiling ? "compiling kernels"
                                                            : now.message;
  status.folder = now.folder.string();
  status.name = now.folder.filename().string();
  status.model = now.run.model;
  status.data = now.run.data;
  status.device = now.run.device;
  status.parameters = now.run.parameters;
  status.epoch_steps = now.run.epoch_steps;
  if (status.last_step == 0) status.last_step = now.run.last_step;
  status.step = now.moment.step;
  status.epoch = now.moment.epoch;
  status.seconds = now.moment.seconds;
  status.hyperparameters = now.hyperparameters;
}

}  // namespace lemnos::viewer
