// SPDX-License-Identifier: Apache-2.0
#include "nn/train/trainer.h"

#include <algorithm>
#include <iterator>

#include "data/loader.h"
#include "nn/train/training_step.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/queue.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

constexpr double submission_ms = 10;  // aimed at: long beside its overhead, short beside a person
constexpr std::int64_t most_steps_per_submission = 64;
constexpr std::uint64_t probe_steps = 10;    // measured before a run is cut to a time
constexpr std::uint64_t least_round = 50;    // steps between evaluations, but for the last
constexpr std::int64_t most_pictures = 16;   // of held-out images and what is found in them
constexpr std::uint64_t most_skipped = 100;  // in a row: what is not finite then stays so

// However a run ends, nobody must wait for it.
class Ending {
 public:
  explicit Ending(Control* control) : control_(control) {}
  ~Ending() {
    if (control_ != nullptr) control_->end();
  }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

 private:
  Control* control_;
};

}  // namespace

Trainer::Trainer(Task& task, Optimizers optimizers, const data::Dataset& dataset,
                 TrainOptions options, Observers observers)
    : task_(task),
      optimizers_(std::move(optimizers)),
      dataset_(dataset),
      options_(options),
      observers_(std::move(observers)),
      clock_(make_clock(options.seed)),
      patience_(options.patience, task.watched().larger_is_better) {
  check(optimizers_.size() == task_.parts().size(), "{} optimizers for {} parts of the parameters",
        optimizers_.size(), task_.parts().size());
  if (options_.epochs < 1) fail_usage("epochs must be at least 1, not {}", options_.epochs);
  if (options_.batch < 1) fail_usage("the batch size must be at least 1, not {}", options_.batch);
  if (options_.accumulate < 1)
    fail_usage("batches to accumulate must be at least 1, not {}", options_.accumulate);
  if (options_.accumulate > 1 && optimizers_.size() > 1)
    fail_usage("--accumulate is for models with one loss; this one has {}", optimizers_.size());
  if (options_.patience > 0 && task_.watched().metric.empty())
    fail_usage("--patience: no figure of this model says which evaluation is the best");
  if (options_.patience > 0 && dataset_.test.rows() == 0)
    fail_usage("--patience: {} holds nothing out to evaluate on", dataset_.name);
  if (options_.clip_norm > 0)
    for (optim::Optimizer* optimizer : optimizers_) optimizer->clip_norm(options_.clip_norm);
  const std::int64_t rows = dataset_.train.rows();
  check(rows > 0, "{}: the training split has no rows", dataset_.name);
  // All rows are the most that there are.
  step_rows_ =
      options_.accumulate > rows / options_.batch ? rows : options_.batch * options_.accumulate;
  epoch_steps_ = static_cast<std::uint64_t>((rows + step_rows_ - 1) / step_rows_);
  round_steps_ = (least_round + epoch_steps_ - 1) / epoch_steps_ * epoch_steps_;
  last_step_ = epoch_steps_ * static_cast<std::uint64_t>(options_.epochs);
  if (options_.steps > 0) last_step_ = options_.steps;
}

void Trainer::write_checkpoints(std::filesystem::path path, CheckpointInfo info) {
  checkpoint_ = std::move(path);
  info_ = std::move(info);
}

void Trainer::resume(const Checkpoint& checkpoint) {
  std::vector<Parameter> updates = checkpoint_states(optimizers_);
  // Checkpoints from before these could be edited have none: the configured ones hold.
  const std::vector<std::string> there = checkpoint.names("optim/");
  std::erase_if(updates, [&](const Parameter& each) {
    const bool edited = each.name.ends_with("/weight_decay") || each.name.ends_with("/clip_norm");
    return edited && std::ranges::find(there, each.name) == there.end();
  });
  checkpoint.require(updates, "optim/");
  checkpoint.load(checkpoint_states(task_.parameters()), "model/");
  checkpoint.load(updates, "optim/");
  checkpoint.load_clock(*clock_);
  step_ = saved_ = checkpoint.step();
  seconds_ = checkpoint.info().seconds;
  if (options_.patience > 0 && !checkpoint.info().best.is_null())
    patience_.resume(checkpoint.info().best);
  result_.early = patience_.over();
  if (result_.early) last_step_ = step_;
}

// An optimizer's average of its weights, where one is kept, is what is judged and shown.
void Trainer::use_averages() const {
  for (const optim::Optimizer* optimizer : optimizers_)
    if (optimizer->averages()) optimizer->use_average();
}

// Everything is compiled before the first step: an error in the evaluation of a long run must not
// wait for the end of its first epoch.
void Trainer::prepare() {
  function_.emplace(
      "train", dataset_.train, step_rows_,
      [this](const Tensor& inputs, const Tensor& targets) {
        Trace::current().recompute(options_.recompute);
        TrainingStep{task_, optimizers_, options_.batch, options_.augmentation}.record(inputs,
                                                                                       targets);
        return Tensor();
      },
      true, clock_, options_.exec);
  if (dataset_.test.rows() > 0)
    evaluator_.emplace(task_, dataset_.test, options_.seed, options_.exec,
                       [this] { use_averages(); });
  if (task_.generates() && options_.samples > 0)
    generator_.emplace(task_, std::min<std::int64_t>(options_.samples, 64), options_.seed,
                       [this] { use_averages(); });
  know_hyperparameters();
  result_.plan = function_->program().stats();
  for (const std::string& name : function_->names())
    if (name != "loss" && name != "skipped") scalars_.push_back({name, 0});
}

TrainResult Trainer::run(RunInfo info) {
  double begun = os::seconds();
  const Ending ending(options_.control);
  prepare();
  first_step_ = step_;
  info.start = moment();
  info.last_step = last_step_;
  info.epoch_steps = epoch_steps_;
  for (const Parameter& parameter : task_.parameters())
    if (parameter.trained)
      info.parameters += static_cast<std::uint64_t>(parameter.tensor.elements());
  each([&](Observer& observer) { observer.on_start(info); });
  if (step_ > 0) event("resume", fmt::format("from step {}", step_));
  save();  // a run that is killed at any time can be resumed, and a full disk is known at once

  do {
    while (step_ < last_step_ && !stopping()) train_epoch(begun);
    save();
    result_.stopped = step_ < last_step_;
    result_.end = moment();
    result_.ms_per_step = timed_steps_ > 0 ? timed_ms_ / static_cast<double>(timed_steps_) : 0;
    result_.submissions = function_->submissions();
    each([&](Observer& observer) { observer.on_end(result_.end); });
  } while (linger());
  return result_;
}

// What is left of an epoch. begun: when the run did, without what steering it took.
void Trainer::train_epoch(double& begun) {
  begin_epoch();
  const std::uint64_t epoch = step_ / epoch_steps_;
  const auto over = [&] {
    return step_ >= last_step_ || step_ / epoch_steps_ != epoch || stopping() || rolled_back_;
  };
  while (!over()) {
    if (options_.control != nullptr) begun += meet();
    if (over()) return;
    limit_steps(begun);
    advance();
  }
}

// Whether there is something left to train after all.
bool Trainer::linger() {
  Control* const control = options_.control;
  if (control == nullptr || !control->lingers()) return false;
  while (!stopping() && step_ >= last_step_) {
    control->pause();
    control->meet(*this);
  }
  return !stopping();
}

bool Trainer::stopping() const {
  return os::stop_requested() || (options_.control != nullptr && options_.control->stopping());
}

void Trainer::begin_epoch() {
  rolled_back_ = false;
  const auto rows = static_cast<std::uint32_t>(dataset_.train.rows());
  function_->begin_epoch(data::shuffled(rows, options_.seed, step_ / epoch_steps_),
                         static_cast<std::int64_t>(step_ % epoch_steps_));
}

// With the control; returns the seconds that took.
double Trainer::meet() {
  const double begun = os::seconds();
  options_.control->meet(*this);
  return os::seconds() - begun;
}

// To the next stop, or where the control interrupts.
void Trainer::advance() {
  const std::uint64_t before = step_;
  train_to(next_stop());
  if (step_ == before && step_ < last_step_) return;
  finish_steps(step_ - before);
}

void Trainer::finish_steps(std::uint64_t updates) {
  const bool round = step_ % round_steps_ == 0;
  if (round || step_ == last_step_) finish_round();
  const bool due = options_.checkpoint_every > 0 && step_ % options_.checkpoint_every == 0;
  if (due || round) save();
  if (options_.control != nullptr) options_.control->advance(updates, step_ % epoch_steps_ == 0);
}

StepProfile Trainer::profile_step() {
  if (step_ >= last_step_) fail_usage("the run has ended: there is no step left to profile");
  const double begun = os::seconds();
  check(function_->queue_timed(), "step {}: there was no room for a step to profile", step_);
  take(function_->collect(true), os::seconds() - begun);
  finish_steps(1);
  return function_->profile();
}

// The step at which the loop has something else to do.
std::uint64_t Trainer::next_stop() const {
  std::uint64_t stop = std::min(last_step_, (step_ / epoch_steps_ + 1) * epoch_steps_);
  if (const std::uint64_t every = options_.checkpoint_every)
    stop = std::min(stop, (step_ / every + 1) * every);
  if (options_.control != nullptr)
    stop = step_ + std::min(stop - step_, options_.control->updates_left());
  if (options_.seconds > 0) {  // about once a second: see limit_steps
    const double step_ms = timed_steps_ > 0 ? timed_ms_ / static_cast<double>(timed_steps_) : 1e3;
    stop = std::min(stop, step_ + std::max(probe_steps, static_cast<std::uint64_t>(1e3 / step_ms)));
  }
  return stop;
}

// Two submissions are in flight: one runs while the next is queued and the records of the one
// before are told. From the third step on nothing here takes memory, on the device or the host.
void Trainer::train_to(std::uint64_t step) {
  std::uint64_t queued = step_, before = 0;
  std::uint64_t allocations = device()->counters().allocations;
  double last = os::seconds();
  const auto collect = [&](bool wait) {
    const std::span<const StepRecord> records = function_->collect(wait);
    if (records.empty()) return;
    const double now = os::seconds();
    take(records, now - last);
    last = now;
    if (timed_steps_ == 0) allocations = device()->counters().allocations;
  };
  const auto interrupted = [this] {
    return os::stop_requested() || (options_.control != nullptr && options_.control->interrupts());
  };
  while (queued < step && !interrupted()) {
    const auto left = static_cast<std::int64_t>(step - queued);
    queued += static_cast<std::uint64_t>(function_->queue(std::min(steps_per_submission_, left)));
    if (before != 0) device()->queue().wait(before);
    before = device()->queue().last();
    collect(false);
  }
  collect(true);
  result_.allocations += device()->counters().allocations - allocations;
}

void Trainer::take(std::span<const StepRecord> records, double seconds) {
  const double ms = seconds * 1e3 / static_cast<double>(records.size());
  const bool warm = step_ >= first_step_ + 2;  // pipelines and buffers are made by then
  for (const StepRecord& record : records) {
    seconds_ += ms / 1e3;
    step_ = record.step;
    tell(record, ms);
  }
  if (options_.control != nullptr) options_.control->tell(moment());
  if (!warm) return;
  timed_ms_ += seconds * 1e3;
  timed_steps_ += records.size();
  const double mean = timed_ms_ / static_cast<double>(timed_steps_);
  steps_per_submission_ =
      std::clamp(static_cast<std::int64_t>(submission_ms / std::max(mean, 1e-3)), std::int64_t{1},
                 most_steps_per_submission);
}

void Trainer::tell(const StepRecord& record, double ms) {
  const std::vector<std::string>& names = function_->names();
  auto scalar = scalars_.begin();
  bool skipped = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "loss") {
      result_.loss = record.values[i];
    } else if (names[i] == "skipped") {
      skipped = record.values[i] != 0;
    } else {
      scalar++->value = record.values[i];
    }
  }
  const StepInfo info{moment(), last_step_, result_.loss, scalars_, ms};
  each([&](Observer& observer) { observer.on_step(info); });
  skipped_in_a_row_ = skipped ? skipped_in_a_row_ + 1 : 0;
  if (!skipped) return;
  event("skipped", "the loss or a gradient is not finite; the weights stay as they are");
  if (skipped_in_a_row_ == most_skipped)
    fail(
        "step {}: {} updates in a row were skipped, as the loss or a gradient was not finite; try "
        "a smaller learning rate (--lr) or --clip-norm 1",
        step_, most_skipped);
}

// As many steps as fit into the time that was given, with the evaluations between them, at the
// speed so far. Looked at again and again: a machine that gets busy ends earlier still. An
// evaluation's batch costs about 0.4 of a training step.
void Trainer::limit_steps(double begun) {
  if (options_.seconds <= 0 || timed_steps_ == 0) return;
  const double step_seconds = timed_ms_ / 1e3 / static_cast<double>(timed_steps_);
  const double evaluation = 0.4 * static_cast<double>((dataset_.test.rows() + 127) / 128);
  const double left = (options_.seconds - (os::seconds() - begun)) / step_seconds - evaluation;
  const double steps = left / (1 + evaluation / static_cast<double>(round_steps_));
  const std::uint64_t fit = step_ + static_cast<std::uint64_t>(std::max(0.0, steps));
  if (fit >= last_step_) return;
  if (!limited_)
    event("limit",
          fmt::format("ends after about {} of {} steps, as a step takes {:.3g} ms on this device; "
                      "--epochs or --steps asks for more",
                      fit, last_step_, step_seconds * 1e3));
  limited_ = true;
  last_step_ = fit;
}

void Trainer::finish_round() {
  if (evaluated_ == step_) return;
  evaluated_ = step_;
  if (evaluator_) {
    result_.metrics = evaluator_->run();
    each([&](Observer& observer) { observer.on_eval(moment(), "test", result_.metrics->values); });
    if (task_.detects()) {
      const data::Array pictures = task_.pictures(evaluator_->rows(), dataset_.test, most_pictures);
      each([&](Observer& observer) { observer.on_samples(moment(), pictures); });
    }
    watch();
  }
  if (generator_) {
    const data::Array images = generator_->images(options_.samples);
    each([&](Observer& observer) { observer.on_samples(moment(), images); });
  }
}

// Ends the run where it is to end early.
void Trainer::watch() {
  if (options_.patience == 0) return;
  const std::string metric(task_.watched().metric);
  patience_.take(step_, result_.metrics->at(metric));
  if (!patience_.over()) return;
  event("early_stop",
        fmt::format("{} evaluations after step {}, where test {} was best: {:.6g}",
                    patience_.since(), patience_.best_step(), metric, patience_.best()));
  last_step_ = step_;
  result_.early = true;
}

void Trainer::save() {
  if (checkpoint_.empty() || saved_ == step_) return;
  std::vector<Parameter> states = checkpoint_states(task_.parameters());
  std::ranges::move(checkpoint_states(optimizers_), std::back_inserter(states));
  info_.seconds = seconds_;
  if (options_.patience > 0) info_.best = patience_.to_json();
  each([](Observer& observer) { observer.flush(); });
  write_checkpoint(checkpoint_, info_, states, *clock_);
  saved_ = step_;
  if (options_.keep > 0) keep_checkpoint();
  if (step_ > 0 && patience_.best_step() == step_) link_checkpoint("best.safetensors");
  event("checkpoint", checkpoint_.filename().string());
}

// What the newest checkpoint says of this step has changed.
void Trainer::save_again() {
  saved_ = ~std::uint64_t{0};
  save();
}

void Trainer::know_hyperparameters() {
  hyperparameters_.clear();
  for (const Tensor& each : optimizers_.front()->hyperparameters())
    hyperparameters_.push_back({each.state()->name, each.state()->values().front()});
}

void Trainer::set_hyperparameter(std::string_view name, double value) {
  const auto before = hyperparameters_;
  for (optim::Optimizer* optimizer : optimizers_) optimizer->set_hyperparameter(name, value);
  know_hyperparameters();
  for (std::size_t i = 0; i < before.size(); ++i) {
    const float was = before[i].value, is = hyperparameters_[i].value;
    if (was == is) continue;
    event("edit", fmt::format("{} {} -> {}", name, was, is));
    if (saved_ == step_) save_again();
  }
}

// Whenever it is killed, a resume finds a checkpoint and no line that it did not get to.
void Trainer::roll_back(const std::string& name) {
  if (checkpoint_.empty()) fail_usage("this run writes no checkpoints to go back to");
  const std::filesystem::path path =
      name.empty() ? checkpoint_
                   : checkpoint_.parent_path() / std::filesystem::path(name).filename();
  const Checkpoint checkpoint = Checkpoint::read(path);
  const std::uint64_t from = step_;
  if (checkpoint.step() > from)
    fail_usage("{} is of step {}, and the run stands at step {}: there is no way back to it",
               path.string(), checkpoint.step(), from);
  patience_ = Patience(options_.patience, task_.watched().larger_is_better);
  resume(checkpoint);
  know_hyperparameters();
  evaluated_ = step_;
  first_step_ = std::min(first_step_, step_);
  skipped_in_a_row_ = 0;
  rolled_back_ = true;
  if (path != checkpoint_) save_again();
  each([this](Observer& observer) { observer.on_rollback(moment()); });
  event("rollback", fmt::format("from step {} to {}", from, path.filename().string()));
}

void Trainer::keep_checkpoint() {
  const std::filesystem::path path =
      link_checkpoint(fmt::format("checkpoint-{}.safetensors", step_));
  std::erase(kept_, path);  // of the same step before a rollback, or an edit
  kept_.push_back(path);
  while (kept_.size() > static_cast<std::size_t>(options_.keep) + 1) {
    std::error_code error;
    std::filesystem::remove(kept_.front(), error);
    kept_.pop_front();
  }
}

// A second name for the file just written: the next one replaces only the first.
std::filesystem::path Trainer::link_checkpoint(const std::string& name) const {
  namespace fs = std::filesystem;
  const fs::path path = checkpoint_.parent_path() / name;
  std::error_code error;
  fs::remove(path, error);
  fs::create_hard_link(checkpoint_, path, error);
  if (error) fs::copy_file(checkpoint_, path, error);  // a file system without links
  check(!error, "cannot write {}: {}", path.string(), error.message());
  return path;
}

void Trainer::event(std::string_view name, std::string_view detail) {
  each([&](Observer& observer) { observer.on_event(moment(), name, detail); });
}

Moment Trainer::moment() const {
  return {step_, static_cast<double>(step_) / static_cast<double>(epoch_steps_), seconds_};
}

}  // namespace lemnos
