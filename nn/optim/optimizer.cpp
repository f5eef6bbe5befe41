// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/optimizer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos::optim {
namespace {

std::vector<TensorType> types_of(std::span<const Parameter> parameters) {
  std::vector<TensorType> types;
  for (const Parameter& parameter : parameters)
    types.push_back({parameter.tensor.shape(), parameter.tensor.dtype()});
  return types;
}

// Moves the states, with their values, to the offsets at which pack_op puts their gradients.
std::shared_ptr<Storage> gather(std::span<const Parameter> parameters) {
  const auto types = types_of(parameters);
  auto storage =
      std::make_shared<Storage>("parameters", DType::f32, pack_offset(types, parameters.size()));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    State& state = *parameters[i].tensor.state();
    const std::vector<float> values = state.values();
    state.storage = storage;
    state.offset = pack_offset(types, i);
    state.name = parameters[i].name;
    state.set_values(values);
  }
  return storage;
}

void check_parameters(std::span<const Parameter> parameters) {
  if (parameters.empty()) fail_usage("an optimizer was given no parameters");
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto& [name, tensor, trained] = parameters[i];
    if (!tensor.state() || tensor.dtype() != DType::f32)
      fail_usage("an optimizer was given {}, which is not an f32 parameter", name);
    for (std::size_t k = 0; k < i; ++k)
      if (parameters[k].tensor.state() == tensor.state())
        fail_usage("an optimizer was given one parameter twice, as {} and {}", parameters[k].name,
                   name);
  }
}

}  // namespace

Parameters::Parameters(std::vector<Parameter> named) : list(std::move(named)) {
  std::erase_if(list, [](const Parameter& each) { return !each.trained; });
}

Parameters::Parameters(const std::vector<Tensor>& tensors) {
  for (const Tensor& tensor : tensors) list.push_back({std::to_string(list.size()), tensor});
}

Tensor scalar_state(std::string name, double value) {
  auto state = std::make_shared<State>();
  state->name = name;
  state->storage = std::make_shared<Storage>(std::move(name), DType::f32, 1);
  const auto narrow = static_cast<float>(value);
  state->set_values({&narrow, 1});
  return Tensor(std::move(state));
}

void check_option(std::string_view optimizer, std::string_view option, double value, double low,
                  double high) {
  if (!(value > low && value < high))
    fail_usage("{}: {} must be greater than {} and less than {}, not {}", optimizer, option, low,
               high, value);
}

void verify_hyperparameter(std::string_view name, double value) {
  if (name == "clip_norm" && value == 0) fail_usage("clip_norm must be greater than 0, not 0");
  if (!(value >= 0 && value < 1e30)) fail_usage("{} must be at least 0, not {}", name, value);
}

WeightDecay::WeightDecay(double rate) : rate_([rate](const Parameter&) { return rate; }) {}

WeightDecay WeightDecay::of_matrices(double rate) {
  return {[rate](const Parameter& parameter) { return parameter.tensor.rank() < 2 ? 0 : rate; }};
}

Optimizer::Optimizer(Parameters parameters, double learning_rate, std::vector<std::string> moments,
                     const WeightDecay& decay)
    : parameters_(std::move(parameters.list)) {
  check_parameters(parameters_);
  values_ = gather(parameters_);
  for (std::string& name : moments) moments_.push_back(flat(std::move(name)));
  add_hyperparameter("learning_rate", learning_rate);
  set_decay(decay);
  updates_ = scalar_state("updates", 0);
}

void Optimizer::add_hyperparameter(std::string name, double value) {
  verify_hyperparameter(name, value);
  hyperparameters_.push_back(scalar_state(std::move(name), value));
}

Tensor Optimizer::hyperparameter(std::string_view name) const {
  for (const Tensor& each : hyperparameters_)
    if (each.state()->name == name) return each;
  return {};
}

void Optimizer::set_hyperparameter(std::string_view name, double value) {
  const Tensor found = hyperparameter(name);
  if (!found) {
    std::vector<std::string_view> names;
    for (const Tensor& each : hyperparameters_) names.push_back(each.state()->name);
    fail_usage("this optimizer was not made with a {}; it has {}", name, fmt::join(names, ", "));
  }
  verify_hyperparameter(name, value);
  const auto narrow = static_cast<float>(value);
  found.state()->set_values({&narrow, 1});
}

void Optimizer::clip_norm(double length) {
  if (clips()) return set_hyperparameter("clip_norm", length);
  add_hyperparameter("clip_norm", length);
}

std::shared_ptr<Storage> Optimizer::flat(std::string name) const {
  return std::make_shared<Storage>(std::move(name), DType::f32, values_->elements());
}

State Optimizer::window(const std::shared_ptr<Storage>& flat, const Parameter& of) const {
  State window = *of.tensor.state();
  window.name = flat->name() + "/" + of.name;
  window.storage = flat;
  return window;
}

void Optimizer::set_decay(const WeightDecay& decay) {
  double most = 0, least = std::numeric_limits<double>::infinity();
  for (const Parameter& parameter : parameters_) {
    const double rate = decay.of(parameter);
    check_option("optimizer", "the weight decay of " + parameter.name, rate, -1e-300, 1e30);
    most = std::max(most, rate);
    least = std::min(least, rate);
  }
  if (most == 0) return;
  add_hyperparameter("weight_decay", most);
  if (least == most) return;
  decay_shares_ = flat("weight_decay_shares");
  for (const Parameter& parameter : parameters_) {
    const auto elements = static_cast<std::size_t>(parameter.tensor.elements());
    const auto share = static_cast<float>(decay.of(parameter) / most);
    window(decay_shares_, parameter).set_values(std::vector(elements, share));
  }
}

Tensor Optimizer::decay() const {
  const Tensor most = hyperparameter("weight_decay");
  return decay_shares_ ? Trace::current().read(decay_shares_) * most : most;
}

void Optimizer::average(double decay) {
  check_option("optimizer", "the decay of an average", decay, 0, 1);
  average_decay_ = decay;
  average_ = flat("average");
  for (const Parameter& parameter : parameters_)
    window(average_, parameter).set_values(parameter.tensor.state()->values());
}

void Optimizer::use_average() const {
  check(average_ != nullptr, "an optimizer keeps no average of its parameters");
  Trace& trace = Trace::current();
  trace.substitute(values_, trace.read(average_));
}

Tensor Optimizer::Given::decayed_gradient() const {
  return decay ? gradient + decay * parameter : gradient;
}

Tensor Optimizer::pack(const std::vector<Tensor>& gradients) const {
  if (gradients.size() != parameters_.size())
    fail_usage("an optimizer of {} parameters was given {} gradients", parameters_.size(),
               gradients.size());
  std::vector<Operand> operands;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto& [name, tensor, trained] = parameters_[i];
    if (!gradients[i] || !(gradients[i].shape() == tensor.shape()))
      fail_usage("the gradient of {} has shape {}, the parameter {}", name, gradients[i].shape(),
                 tensor.shape());
    if (tensor.state()->storage != values_)
      fail_usage("{} was given to another optimizer after this one: only the last may step", name);
    operands.emplace_back(gradients[i]);
  }
  return record(pack_op, operands);
}

Tensor Optimizer::clipped(Tensor gradient, const StepOptions& options) const {
  if (const Tensor longest = hyperparameter("clip_norm"))
    gradient = gradient * minimum(longest / (gradient_norm_ + 1e-6), 1.0);
  if (options.clip_value > 0) gradient = clamp(gradient, -options.clip_value, options.clip_value);
  return gradient;
}

void Optimizer::step(const std::vector<Tensor>& gradients, const StepOptions& options) {
  Trace& trace = Trace::current();
  const Trace::During update_pass(trace, Pass::update);
  const Tensor gradient = pack(gradients);
  // Not finite where an element is not.
  const Tensor squares = sum_squares(gradient);
  const Tensor scale = loss_scale_ ? loss_scale_->value() : Tensor();
  gradient_norm_ = scale ? sqrt(squares) / scale : sqrt(squares);
  Tensor ok = isfinite(squares);
  if (options.loss) ok = ok * isfinite(reshape(options.loss, Shape{}));
  skipped_ = 1.0 - ok;

  const Tensor updates = updates_ + ok;
  Given old;
  old.parameter = trace.read(values_);
  for (const auto& moment : moments_) old.moments.push_back(trace.read(moment));
  old.gradient = clipped(scale ? gradient / scale : gradient, options);
  old.lr = rate_ = learning_rate() * factor_at(schedule_, updates);
  old.t = updates;
  old.decay = decay();

  const Values now = update(old);
  if (loss_scale_) loss_scale_->update(ok);
  assign(updates_, updates);
  for (std::size_t i = 0; i < moments_.size(); ++i)
    trace.assign(moments_[i], select(ok, now.moments[i], old.moments[i]));
  if (average_) {
    const Tensor before = trace.read(average_);
    const Tensor share = maximum(1 - average_decay_, 9.0 / (10.0 + updates));
    trace.assign(average_, select(ok, before + share * (now.parameter - before), before));
  }
  trace.assign(values_, select(ok, now.parameter, old.parameter));
}

Tensor Optimizer::scaled(const Tensor& loss) const {
  return loss_scale_ ? loss * loss_scale_->value() : loss;
}

std::vector<Slot> Optimizer::state() const {
  std::vector<Slot> slots;
  for (const Tensor& each : hyperparameters_) slots.push_back({each.state()->name, "", each});
  slots.push_back({"updates", "", updates_});
  if (loss_scale_) {
    slots.push_back({"loss_scale", "", loss_scale_->value()});
    slots.push_back({"loss_scale_updates", "", loss_scale_->updates()});
  }
  auto kept = moments_;
  if (average_) kept.push_back(average_);
  for (const auto& storage : kept)
    for (const Parameter& parameter : parameters_)
      slots.push_back({storage->name(), parameter.name,
                       Tensor(std::make_shared<State>(window(storage, parameter)))});
  return slots;
}

}  // namespace lemnos::optim
