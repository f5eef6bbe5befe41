// SPDX-License-Identifier: Apache-2.0
#include "nn/train/training_step.h"

#include <algorithm>
#include <utility>

#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"
#include "runtime/autodiff/backward.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

std::vector<Tensor> tensors_of(const optim::Optimizer& optimizer) {
  std::vector<Tensor> tensors;
  for (const Parameter& parameter : optimizer.parameters()) tensors.push_back(parameter.tensor);
  return tensors;
}

Tensor rows_of(const Tensor& batch, std::int64_t first, std::int64_t end) {
  return batch ? slice(batch, 0, first, end) : batch;
}

// Adds a part of a sum, which may be its first.
void add_to(Tensor& sum, const Tensor& part) { sum = sum ? sum + part : part; }

}  // namespace

void TrainingStep::record(const Tensor& inputs, const Tensor& targets) const {
  if (inputs.size(0) > batch) {
    accumulate(inputs, targets);
  } else {
    task.step(augmentation.apply(inputs), targets,
              [this](std::size_t part, const Tensor& loss) { update(part, loss); });
  }
  observe_updates();
}

void TrainingStep::update(std::size_t part, const Tensor& loss) const {
  optim::Optimizer& optimizer = *optimizers[part];
  optimizer.step(grad(optimizer.scaled(loss), tensors_of(optimizer)), {.loss = loss});
}

void TrainingStep::accumulate(const Tensor& inputs, const Tensor& targets) const {
  Trace& trace = Trace::current();
  optim::Optimizer& optimizer = *optimizers.front();
  const std::vector<Tensor> parameters = tensors_of(optimizer);
  std::vector<Tensor> gradients(parameters.size()), means;
  std::vector<std::string> names;
  Tensor total;
  const std::int64_t rows = inputs.size(0);
  for (std::int64_t first = 0; first < rows; first += batch) {
    const std::int64_t end = std::min(first + batch, rows);
    const double share = static_cast<double>(end - first) / static_cast<double>(rows);
    trace.begin_phase();
    task.step(augmentation.apply(rows_of(inputs, first, end)), rows_of(targets, first, end),
              [&](std::size_t, const Tensor& loss) {
                const Tensor part = loss * share;
                add_to(total, part);
                const std::vector<Tensor> parts = grad(optimizer.scaled(part), parameters);
                for (std::size_t i = 0; i < parts.size(); ++i) add_to(gradients[i], parts[i]);
              });
    const auto observed = std::exchange(trace.observed(), {});
    names.clear();
    means.resize(observed.size());
    for (std::size_t i = 0; i < observed.size(); ++i) {
      names.push_back(observed[i].name);
      add_to(means[i], trace.tensor(observed[i].value) * share);
    }
  }
  optimizer.step(gradients, {.loss = total});
  for (std::size_t i = 0; i < names.size(); ++i) observe(names[i], means[i]);
}

// A step is skipped where one of its updates is.
void TrainingStep::observe_updates() const {
  Tensor skipped;
  for (std::size_t part = 0; part < optimizers.size(); ++part) {
    const optim::Optimizer& optimizer = *optimizers[part];
    skipped = skipped ? maximum(skipped, optimizer.skipped()) : optimizer.skipped();
    const std::string name = task.parts()[part];
    const auto observe_of = [&](const char* scalar, const Tensor& value) {
      observe(name.empty() ? scalar : fmt::format("{}_{}", scalar, name), value);
    };
    if (optimizer.clips()) observe_of("gradient_norm", optimizer.gradient_norm());
    if (optimizer.loss_scale()) observe_of("loss_scale", optimizer.loss_scale()->value());
    if (optimizer.scheduled()) observe_of("learning_rate", optimizer.rate());
  }
  observe("skipped", skipped);
}

}  // namespace lemnos
