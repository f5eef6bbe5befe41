// SPDX-License-Identifier: Apache-2.0
// What all optimizers share: one flat storage of parameters, moments of the same layout, and a step
// that is recorded into the compiled function like everything else.
//
//   optim::Adam adam{parameters(model), {.lr = 1e-3}};
//   auto step = compile([&](Tensor x) {
//     Tensor loss = model.loss(x);
//     adam.step(grad(loss, parameters(model)), {.loss = loss});
//     return loss;
//   });
//
// An update is skipped as a whole, on the device, when the gradients or the given loss are not
// finite. Formulas are PyTorch's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/module.h"
#include "nn/optim/loss_scale.h"
#include "nn/optim/schedule.h"

namespace lemnos::optim {

// What parameters(model) or named_parameters(model) return, those that are trained; the former are
// named "0", "1" ...
struct Parameters {
  Parameters(std::vector<Parameter> named);
  Parameters(const std::vector<Tensor>& tensors);
  std::vector<Parameter> list;
};

// How much of each parameter an update takes away, as the optimizer's formula says: one rate for
// all, or for each its own.
class WeightDecay {
 public:
  WeightDecay(double rate = 0);
  WeightDecay(std::function<double(const Parameter&)> rate) : rate_(std::move(rate)) {}
  // Only weights with two axes or more, embeddings among them; not biases, nor what norms multiply
  // with, which have nothing to gain from being small (as nanoGPT and timm do).
  static WeightDecay of_matrices(double rate);

  double of(const Parameter& parameter) const { return rate_(parameter); }

 private:
  std::function<double(const Parameter&)> rate_;
};

struct StepOptions {
  Tensor loss;            // one element; the update is skipped where it is not finite
  double clip_value = 0;  // largest size of a gradient's element, after clip_norm(); 0: any
};

// A part of what a checkpoint must hold to go on as if nothing had happened.
struct Slot {
  std::string slot;       // "m", "v", "average", "updates", "loss_scale", a hyperparameter
  std::string parameter;  // whose; empty for what belongs to all
  Tensor state;
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  // Records one update. gradients[i] has the shape of parameter i. In a function compiled for
  // training; fails if another optimizer has taken over a parameter since.
  void step(const std::vector<Tensor>& gradients, const StepOptions& options = {});

  // Of the step recorded last, values of its function: 1 where the update was skipped, else 0; the
  // length of the gradient of all parameters together, before clipping; and the learning rate, by
  // the schedule.
  const Tensor& skipped() const { return skipped_; }
  const Tensor& gradient_norm() const { return gradient_norm_; }
  const Tensor& rate() const { return rate_; }

  // What it updates, in the order of the gradients.
  const std::vector<Parameter>& parameters() const { return parameters_; }

  // The numbers that every update reads, states with one element: "learning_rate", and where there
  // is such "weight_decay" (where parameters differ, the largest; the others keep their share of
  // it) and "clip_norm". Set between submissions; no function needs to be compiled again.
  const std::vector<Tensor>& hyperparameters() const { return hyperparameters_; }
  // Wrong usage: one that there is not, naming those there are, and as verify_hyperparameter().
  void set_hyperparameter(std::string_view name, double value);
  const Tensor& learning_rate() const { return hyperparameters_.front(); }
  void set_learning_rate(double value) { set_hyperparameter("learning_rate", value); }
  // Steps recorded from now on make the gradient of all parameters together at most this long.
  void clip_norm(double length);
  bool clips() const { return static_cast<bool>(hyperparameter("clip_norm")); }
  // Steps recorded from now on multiply it by a factor that changes from update to update.
  void schedule(const Schedule& schedule) { schedule_ = schedule; }
  bool scheduled() const {
    return schedule_.kind != Schedule::Kind::constant || schedule_.warmup > 0;
  }

  // Steps recorded from now on keep an exponential moving average of the parameters, beginning with
  // their values now: a = a + (1 - d) * (p - a), where d = min(decay, (1 + t) / (10 + t)) at update
  // t, so that it forgets the beginning soon (Polyak and Juditsky 1992; d as in TensorFlow's
  // ExponentialMovingAverage). A skipped update leaves it as it is.
  void average(double decay);
  bool averages() const { return average_ != nullptr; }
  // In the function being recorded, what is read of the parameters from here on is their average.
  void use_average() const;

  // For gradients that are computed in f16: what scaled() returns is to be differentiated instead
  // of the loss, and steps recorded from now on divide by the scale again.
  void use_loss_scale(LossScale scale) { loss_scale_ = std::move(scale); }
  const std::optional<LossScale>& loss_scale() const { return loss_scale_; }
  Tensor scaled(const Tensor& loss) const;

  std::vector<Slot> state() const;

 protected:
  // Moves the parameters' states, with their values, into one storage: make the optimizer before
  // calling a function that uses them. moments: names of values kept for every parameter, from
  // zero.
  Optimizer(Parameters parameters, double learning_rate, std::vector<std::string> moments,
            const WeightDecay& decay);

  // All flat, of all parameters together, with zeros between them that must stay zero; but t and lr
  // have one element, and decay has where it is the same for all. t counts updates from 1, in f32:
  // exact up to 2^24, when it no longer matters.
  struct Values {
    Tensor parameter;
    std::vector<Tensor> moments;
  };
  struct Given : Values {
    Tensor gradient, lr, t;
    Tensor decay;  // empty: none
    // gradient + decay * parameter: of a loss with decay / 2 * parameter^2 added.
    Tensor decayed_gradient() const;
  };
  virtual Values update(const Given& old) const = 0;

 private:
  Tensor pack(const std::vector<Tensor>& gradients) const;
  Tensor clipped(Tensor gradient, const StepOptions& options) const;
  void set_decay(const WeightDecay& decay);
  Tensor decay() const;
  Tensor hyperparameter(std::string_view name) const;  // empty: there is none
  void add_hyperparameter(std::string name, double value);
  std::shared_ptr<Storage> flat(std::string name) const;  // laid out as the parameters; zeros
  State window(const std::shared_ptr<Storage>& flat, const Parameter& of) const;

  std::vector<Parameter> parameters_;
  std::shared_ptr<Storage> values_;
  std::vector<std::shared_ptr<Storage>> moments_;  // named as their slots
  std::shared_ptr<Storage> decay_shares_;          // of each, where they differ
  std::shared_ptr<Storage> average_;               // or none
  double average_decay_ = 0;
  Schedule schedule_;
  std::optional<LossScale> loss_scale_;
  std::vector<Tensor> hyperparameters_;  // the learning rate first
  Tensor updates_;
  Tensor skipped_, gradient_norm_, rate_;
};

// Wrong usage unless an optimizer's hyperparameter may have this value.
void verify_hyperparameter(std::string_view name, double value);

// A state of one element.
Tensor scalar_state(std::string name, double value);

// Wrong usage unless low < value < high: check_option("adam", "beta1", beta1, 0, 1).
void check_option(std::string_view optimizer, std::string_view option, double value, double low,
                  double high);

}  // namespace lemnos::optim
