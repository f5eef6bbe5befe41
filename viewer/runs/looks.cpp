// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/looks.h"

#include <algorithm>
#include <utility>

#include "runtime/base/os.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/queue.h"

namespace lemnos::viewer {
namespace {

constexpr double share = 0.03;          // of the time, that each look may take
constexpr double least_seconds = 0.25;  // between two of the same kind
constexpr double visit_seconds = 0.4;   // about, between visits: each one drains the device
constexpr std::uint64_t most_updates = 4096;

First first_of(const Subject& subject) {
  return [optimizers = subject.optimizers] {
    for (const optim::Optimizer* optimizer : optimizers)
      if (optimizer->averages()) optimizer->use_average();
  };
}

Findings::Offers offers_of(const Subject& subject) {
  const Task& task = subject.task;
  return {.images = task.generates() || task.reconstructs(),
          .codes = LatentSpace::possible(task),
          .classes = Predictions::possible(task, subject.dataset),
          .boxes = task.detects(),
          .rows = task.decides() || task.has_features(),
          .texts = Continuation::possible(task, subject.preprocessing)};
}

data::Array row_of(const data::Split& split, std::int64_t row) {
  const auto index = static_cast<std::uint32_t>(row);
  return split.inputs.take({&index, 1});
}

std::string label_of(const data::Dataset& dataset, const data::Split& split, std::int64_t row) {
  if (dataset.task != data::Task::classes || split.targets.empty()) return "";
  const std::uint32_t label = split.targets.as<std::uint32_t>()[static_cast<std::size_t>(row)];
  return dataset.class_names.at(label);
}

// Of the tokens of a text, without the padding, or of a table's features.
std::vector<std::string> names_of(const Preprocessing& preprocessing, const data::Array& row) {
  std::vector<std::string> names;
  if (row.dtype == DType::i32 && preprocessing.text) {
    for (const data::Token id : row.as<std::int32_t>())
      if (id != data::token::padding) names.push_back(preprocessing.text->tokens->name(id));
  } else if (row.dtype == DType::f32) {
    names = preprocessing.input_names;
  }
  return names;
}

}  // namespace

// Made when first wanted.
struct Looks::Made {
  std::unique_ptr<LiveImages> images;
  std::unique_ptr<LatentSpace> latent;
  std::unique_ptr<LayerStatistics> layers;
  std::unique_ptr<UpdateRatios> ratios;
  std::optional<LayersLook> kept_layers;  // until the update after them
  std::uint64_t ratios_step = 0;          // after which the weights were kept
  std::unique_ptr<Predictions> predictions;
  std::unique_ptr<FoundBoxes> boxes;
  std::unique_ptr<RowLooks> row;
  std::unique_ptr<FirstFilters> filters;
  std::unique_ptr<Continuation> text;
};

bool Findings::any() const {
  return !images.empty() || latent || layers || predictions || boxes || row || text ||
         !errors.empty();
}

Looks::Looks(std::function<void(Findings)> give)
    : give_(std::move(give)), made_(std::make_unique<Made>()) {}
Looks::~Looks() = default;

void Looks::want(Wanted wanted) {
  const std::lock_guard lock(mutex_);
  wanted_ = std::move(wanted);
}

void Looks::Pace::done(double began, double now) {
  next = now + std::max(least_seconds, (now - began) / share);
}

// One that fails is said, and not tried again: training goes on.
template <class Look>
void Looks::look(const char* name, bool wanted, Pace& pace, Findings& found, Look look) {
  const double now = os::seconds();
  if (!wanted || !pace.due(now) || std::ranges::find(failed_, name) != failed_.end()) return;
  try {
    look();
    device()->queue().wait_all();  // so that its time is known
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::device_lost) throw;
    failed_.emplace_back(name);
    found.errors.push_back(fmt::format("{}: {}", name, error.what()));
  }
  pace.done(now, os::seconds());
}

std::uint64_t Looks::visit(const Subject& subject, const Moment& moment, bool goes_on) {
  Wanted wanted;
  {
    const std::lock_guard lock(mutex_);
    wanted = wanted_;
  }
  if (wanted.again != std::exchange(seen_again_, wanted.again))
    for (Pace* pace : {&images_, &latent_, &layers_, &predictions_, &row_, &text_}) pace->next = 0;
  if (wanted.row_number != shown_row_) row_.next = 0;
  if (written_ != wanted.writing) text_.next = 0;

  Findings found{.moment = moment,
                 .class_names = subject.preprocessing.class_names,
                 .offers = offers_of(subject)};
  const First first = first_of(subject);
  look("images", wanted.images, images_, found, [&] {
    if (!made_->images)
      made_->images =
          std::make_unique<LiveImages>(subject.task, subject.dataset, subject.seed, 64, first);
    found.images = made_->images->refresh();
  });
  look("codes", wanted.latent && found.offers.codes, latent_, found, [&] {
    found.latent = latent(subject).look();
    found.latent_images = latent(subject).images();
  });
  look("predictions", wanted.predictions && found.offers.classes, predictions_, found, [&] {
    if (!made_->predictions)
      made_->predictions =
          std::make_unique<Predictions>(subject.task, subject.dataset, 1024, 24, first);
    found.predictions = made_->predictions->look();
  });
  look("boxes", wanted.predictions && found.offers.boxes, predictions_, found, [&] {
    if (!made_->boxes)
      made_->boxes = std::make_unique<FoundBoxes>(subject.task, subject.dataset, 16, first);
    found.boxes = made_->boxes->look();
  });
  look("sample", wanted.row, row_, found, [&] { look_at_row(subject, wanted, found); });
  look("text", wanted.text && found.offers.texts, text_, found, [&] {
    written_ = found.writing = wanted.writing;
    if (!made_->text)
      made_->text = std::make_unique<Continuation>(subject.task, subject.preprocessing);
    found.text = made_->text->write(
        wanted.writing.prompt, wanted.writing.tokens,
        {.temperature = wanted.writing.temperature, .seed = wanted.writing.seed});
  });
  if (goes_on && made_->kept_layers) layers_.next = 0;  // it is due after one update exactly
  look("layers", wanted.layers || made_->kept_layers, layers_, found,
       [&] { look_at_layers(subject, found, goes_on); });
  if (found.any() || !std::exchange(told_, true)) give_(std::move(found));
  return made_->kept_layers ? 1 : updates_until_next(moment);
}

// Of a run that goes on in two visits, one update apart: what it changed is looked at as well.
void Looks::look_at_layers(const Subject& subject, Findings& found, bool goes_on) {
  if (!made_->layers) {
    made_->layers =
        std::make_unique<LayerStatistics>(subject.task, subject.trained, subject.dataset.train);
    made_->ratios = std::make_unique<UpdateRatios>(subject.trained);
  }
  if (!goes_on) {
    found.layers = made_->layers->look();
  } else if (!made_->kept_layers) {
    made_->ratios->before();
    made_->ratios_step = found.moment.step;
    made_->kept_layers = made_->layers->look();
  } else {
    if (found.moment.step == made_->ratios_step + 1) found.update_ratios = made_->ratios->after();
    found.layers = std::exchange(made_->kept_layers, std::nullopt);
  }
}

void Looks::look_at_row(const Subject& subject, const Wanted& wanted, Findings& found) {
  shown_row_ = wanted.row_number;
  const data::Split& split =
      subject.dataset.test.rows() > 0 ? subject.dataset.test : subject.dataset.train;
  found.rows = split.rows();
  found.row_number = std::clamp<std::int64_t>(wanted.row_number, 0, split.rows() - 1);
  found.row_input = row_of(split, found.row_number);
  found.row_label = label_of(subject.dataset, split, found.row_number);
  found.row_names = names_of(subject.preprocessing, found.row_input);
  if (!made_->row) {
    made_->row = std::make_unique<RowLooks>(subject.task);
    made_->filters = std::make_unique<FirstFilters>(subject.task, found.row_input);
  }
  found.row = made_->row->at(found.row_input);
  if (made_->filters->any()) found.filters = made_->filters->look();
}

LatentSpace& Looks::latent(const Subject& subject) {
  if (!made_->latent)
    made_->latent =
        std::make_unique<LatentSpace>(subject.task, subject.labelled, 512, first_of(subject));
  return *made_->latent;
}

data::Array Looks::decode(const Subject& subject, std::span<const float> z) {
  return latent(subject).decode(z);
}

std::uint64_t Looks::updates_until_next(const Moment& moment) {
  const auto updates = static_cast<double>(moment.step - std::min(moment.step, last_.step));
  const double seconds = moment.seconds - last_.seconds;
  last_ = moment;
  if (updates <= 0 || seconds <= 0) return 1;
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(updates / seconds * visit_seconds), 1,
                                   most_updates);
}

}  // namespace lemnos::viewer
