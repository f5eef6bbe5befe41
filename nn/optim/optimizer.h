// SPDX-License-Identifier: Apache-2.0
// What all optimizers share: one flat storage of parameters, moments of the same layout, and a step
// that is recorded into the compiled function like everything else.
//
//   optim::Adam adam{parameters(model), {.lr = 1e-3}};
//   auto step = compile([&](Tensor x) {
//     Tensor loss = model.loss(x);
//     adam.step(grad(loss, parameters(model)), {.loss = loss, .clip_norm = 1});
//     return loss;
//   });
//
// An update is skipped as a whole, on the device, when the gradients or the given loss are not
// finite. Formulas are PyTorch's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nn/module.h"
#include "nn/optim/loss_scale.h"

namespace lemnos::optim {

// What parameters(model) or named_parameters(model) return, those that are trained; the former are
// named "0", "1" ...
struct Parameters {
  Parameters(std::vector<Parameter> named);
  Parameters(const std::vector<Tensor>& tensors);
  std::vector<Parameter> list;
};

struct StepOptions {
  Tensor loss;            // one element; the update is skipped where it is not finite
  double clip_norm = 0;   // longest gradient of all parameters together; 0: any
  double clip_value = 0;  // largest size of a gradient's element, after clip_norm; 0: any
};

// A part of what a checkpoint must hold to go on as if nothing had happened.
struct Slot {
  std::string slot;       // "m", "v", "learning_rate", "updates", "loss_scale"
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

  // Of the step recorded last, values of its function: 1 where the update was skipped, else 0; and
  // the length of the gradient of all parameters together, before clipping.
  const Tensor& skipped() const { return skipped_; }
  const Tensor& gradient_norm() const { return gradient_norm_; }

  // What it updates, in the order of the gradients.
  const std::vector<Parameter>& parameters() const { return parameters_; }

  // A state with one element. Set between submissions; no function needs to be compiled again.
  const Tensor& learning_rate() const { return learning_rate_; }
  void set_learning_rate(double value);

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
  Optimizer(Parameters parameters, double learning_rate, std::vector<std::string> moments);

  // All flat, of all parameters together, with zeros between them that must stay zero; but t and lr
  // have one element. t counts updates from 1, in f32: exact up to 2^24, when it no longer matters.
  struct Values {
    Tensor parameter;
    std::vector<Tensor> moments;
  };
  struct Given : Values {
    Tensor gradient, lr, t;
  };
  virtual Values update(const Given& old) const = 0;

 private:
  Tensor pack(const std::vector<Tensor>& gradients) const;
  Tensor clipped(Tensor gradient, const StepOptions& options) const;

  std::vector<Parameter> parameters_;
  std::shared_ptr<Storage> values_;
  std::vector<std::shared_ptr<Storage>> moments_;  // named as their slots
  std::optional<LossScale> loss_scale_;
  Tensor learning_rate_, updates_;
  Tensor skipped_, gradient_norm_;
};

// A state of one element.
Tensor scalar_state(std::string name, double value);

// Wrong usage unless low < value < high: check_option("adam", "beta1", beta1, 0, 1).
void check_option(std::string_view optimizer, std::string_view option, double value, double low,
                  double high);

}  // namespace lemnos::optim
