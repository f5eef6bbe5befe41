// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/models.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nn/bench/attempt.h"
#include "nn/bench/energy.h"
#include "nn/bench/kernel_graph.h"
#include "nn/bench/random_values.h"
#include "nn/bench/reference.h"
#include "nn/bench/start_up.h"
#include "nn/bench/statistics.h"
#include "nn/optim/make.h"
#include "nn/train/training_step.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "runtime/passes/place_casts.h"
#include "runtime/passes/simplify.h"
#include "runtime/passes/units.h"

namespace lemnos::bench {
namespace {

constexpr std::uint32_t steps_together = 32;  // of what takes less than 20 ms

double tolerance(const ModelCase& model, Use use) {
  if (model.precision != DType::f32) return 2e-2;
  return use == Use::train ? 1e-3 : 1e-4;
}

// A model recorded for so many rows, with what it computes: a loss, or an answer.
struct Recorded {
  std::string name;
  DType precision;
  std::unique_ptr<Task> task;
  std::vector<std::unique_ptr<optim::Optimizer>> optimizers;
  Graph graph;
  std::shared_ptr<Storage> result;

  std::unique_ptr<Program> program(const std::shared_ptr<gpu::Device>& device, Tune tune) const {
    ExecOptions options = ExecOptions::from_environment();
    options.precision = precision;
    options.tune = tune;
    return std::make_unique<Program>(name, graph, device, options);
  }
};

SampleInput rows_of(SampleInput row, std::int64_t batch) {
  std::vector<std::int64_t> sizes{batch};
  for (int axis = 0; axis < row.shape.rank(); ++axis) sizes.push_back(row.shape[axis]);
  row.shape = Shape(std::span<const std::int64_t>(sizes));
  return row;
}

Tensor random_state(const SampleInput& input, std::uint32_t stream) {
  auto state = std::make_shared<State>();
  state->name = "data";
  state->shape = input.shape;
  state->dtype = input.dtype;
  state->storage = std::make_shared<Storage>("data", input.dtype, input.shape.elements());
  state->storage->write(0, random_bytes(input, stream));
  return Tensor(std::move(state));
}

std::vector<std::unique_ptr<optim::Optimizer>> optimizers_of(const ModelCase& model,
                                                             const Task& task) {
  std::vector<std::unique_ptr<optim::Optimizer>> made;
  for (const std::string& part : task.parts()) {
    std::vector<Parameter> parameters = task.parameters();
    std::erase_if(parameters, [&](const Parameter& each) { return !each.name.starts_with(part); });
    made.push_back(
        optim::make(model.optimizer, optim::Parameters(parameters), {.lr = model.learning_rate}));
  }
  return made;
}

Tensor observed_loss(Trace& trace) {
  const auto& all = trace.observed();
  const auto loss = std::ranges::find(all, "loss", &Trace::Observed::name);
  check(loss != all.end(), "the step of a model observes no loss");
  return trace.tensor(loss->value);
}

Recorded record_model(const ModelCase& model, Use use, std::int64_t batch) {
  Recorded made{.name = model.name,
                .precision = model.precision,
                .task = model.make(),
                .optimizers = {},
                .graph = {},
                .result = nullptr};
  const Tensor inputs = random_state(rows_of(model.input, batch), 0);
  const Tensor targets = model.target ? random_state(rows_of(*model.target, batch), 1) : Tensor();
  Trace trace(use == Use::train);
  Tensor result;
  if (use == Use::train) {
    made.optimizers = optimizers_of(model, *made.task);
    std::vector<optim::Optimizer*> optimizers;
    for (const auto& optimizer : made.optimizers) optimizers.push_back(optimizer.get());
    TrainingStep{.task = *made.task, .optimizers = optimizers, .batch = batch}.record(inputs,
                                                                                      targets);
    result = observed_loss(trace);
  } else {
    result = model.answer(*made.task, inputs);
  }
  const Tensor whole = trace.tensor(base_of(trace.graph(), trace.resolve(result)).node);
  made.result = std::make_shared<Storage>("result", whole.dtype(), whole.elements());
  trace.assign(made.result, whole);
  made.graph = trace.graph();
  return made;
}

// ---- the reference ------------------------------------------------------------------------------

template <class T>
void write_as(Storage& storage, const Values& values) {
  std::vector<T> narrow(values.size());
  std::ranges::transform(values, narrow.begin(), [](double x) { return static_cast<T>(x); });
  storage.write(0, std::as_bytes(std::span(narrow)));
}

void write_values(Storage& storage, const Values& values) {
  if (storage.dtype() == DType::f32) return write_as<float>(storage, values);
  if (storage.dtype() == DType::i32) return write_as<std::int32_t>(storage, values);
  check(storage.dtype() == DType::u32, "{} is assigned {}", storage.name(),
        name_of(storage.dtype()));
  write_as<std::uint32_t>(storage, values);
}

// What a step leaves in the result, for each of some steps in double; states are as before then.
std::vector<Values> reference_steps(const Recorded& recorded, int steps) {
  Graph graph = simplify(recorded.graph);
  if (recorded.precision != DType::f32) graph = place_casts(graph, recorded.precision);
  std::vector<Values> before, results;
  for (const Graph::Assign& assign : graph.assigns)
    before.push_back(values_of(*graph.storages[assign.storage]));
  for (int step = 0; step < steps; ++step) {
    const Evaluation evaluation = evaluate_all(graph, {});
    for (const Graph::Assign& assign : graph.assigns) {
      const auto& storage = graph.storages[assign.storage];
      if (storage == recorded.result) results.push_back(evaluation.nodes[assign.value]);
      write_values(*storage, evaluation.nodes[assign.value]);
    }
  }
  for (std::size_t i = 0; i < before.size(); ++i)
    write_values(*graph.storages[graph.assigns[i].storage], before[i]);
  return results;
}

double norm_of(const Values& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

double difference(const Values& a, const Values& b) {
  Values apart(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) apart[i] = a[i] - b[i];
  const double share = norm_of(apart) / (norm_of(b) + 1e-30);
  return std::isfinite(share) ? share : INFINITY;
}

// The worst distance so far, and whether it is small enough.
void judge(Row& row, double distance, double tolerance) {
  row.checked = true;
  row.error = std::max(row.error, distance / tolerance);
  row.pass = row.error <= 1;
}

void check_model(const ModelCase& model, Use use, const Timer& timer, Row& row) {
  if (model.checked_batch == 0) return;
  if (use == Use::train && !kept_losses(model).empty()) return;  // at full size, later
  const Recorded recorded = record_model(model, use, model.checked_batch);
  const int steps = use == Use::train ? model.checked_steps : 1;
  const std::vector<Values> expected = reference_steps(recorded, steps);
  const auto program = recorded.program(timer.device(), timer.effort().tune);
  for (const Values& values : expected) {
    program->submit();
    program->wait();
    judge(row, difference(values_of(*recorded.result), values), tolerance(model, use));
  }
}

// The steps after the first one, which has been done.
void check_losses(const ModelCase& model, const Recorded& recorded, Program& program, Row& row) {
  const std::vector<double> expected = kept_losses(model);
  for (std::size_t step = 0; step < expected.size(); ++step) {
    if (step > 0) program.submit();
    program.wait();
    const Values loss = values_of(*recorded.result);
    judge(row, difference(loss, {expected[step]}), tolerance(model, Use::train));
    if (step + 1 == expected.size())
      row.extras.push_back({fmt::format("loss after {}", step + 1), loss[0], "nats", ""});
  }
}

// ---- times --------------------------------------------------------------------------------------

void put_energy(Row& row, Timer& timer, const Program& program) {
  const std::optional<double> before = joules_used();
  if (!before) {
    row.extras.push_back({.name = "energy a step", .unit = "J", .note = "not readable"});
    return;
  }
  const std::vector<const gpu::Recording*> step = program.recordings();
  const double began = os::seconds();
  int steps = 0;
  for (; steps < 5 || os::seconds() - began < 0.5; ++steps) timer.once(step);
  const double used = joules_used().value_or(*before) - *before;
  if (used > 0)
    row.extras.push_back({.name = "energy a step", .value = used / steps, .unit = "J", .note = ""});
}

// Batch 1, one after the other, as the host sees it.
void put_latency(const ModelCase& model, Timer& timer, Row& row) {
  const Recorded recorded = record_model(model, Use::run, 1);
  const auto program = recorded.program(timer.device(), timer.effort().tune);
  const Timing timing = timer.time(program->recordings());
  row.extras.push_back({"latency p50", percentile(timing.wall_ms, 50), "ms", ""});
  row.extras.push_back({"latency p99", percentile(timing.wall_ms, 99), "ms", ""});
}

// What a step takes, and the memory that is in use beside the least that any plan would need for
// the same dispatches in the same waves.
void put_plan(const Program& program, std::uint64_t peak, Row& row) {
  const PlanStats& stats = program.stats();
  const auto put = [&](std::string name, std::uint64_t value, std::string unit) {
    row.extras.push_back({std::move(name), static_cast<double>(value), std::move(unit), ""});
  };
  put("dispatches", stats.dispatches, "a step");
  put("waves", stats.waves, "a step");
  put("moved", stats.bytes_moved, "bytes a step");
  put("peak memory", peak, "bytes");
  put("least memory", peak - stats.arena_bytes + stats.arena_lower_bound, "bytes");
}

void time_model(const ModelCase& model, Use use, Timer& timer, Row& row) {
  gpu::Device& device = *timer.device();
  const std::uint64_t others = device.memory_use().buffer_bytes;
  const Recorded recorded = record_model(model, use, model.batch);
  double began = os::seconds();
  const auto since = [&] { return (os::seconds() - began) * 1e3; };
  const auto program = recorded.program(timer.device(), timer.effort().tune);
  row.extras.push_back({"compile", since(), "ms", ""});
  began = os::seconds();
  program->submit();
  program->wait();
  row.extras.push_back({"first step", since(), "ms", ""});
  if (use == Use::train) check_losses(model, recorded, *program, row);
  put_plan(*program, device.memory_use().buffer_bytes - others, row);
  row.flops = flops_of(simplify(recorded.graph));

  Timing timing = timer.time(program->recordings());
  row.gpu_ms = std::move(timing.gpu_ms);
  row.wall_ms = std::move(timing.wall_ms);
  row.stable = timing.stable;
  const double step_ms = median(row.wall_ms);
  row.extras.push_back({"steps", 1e3 / step_ms, "1/s", ""});
  row.extras.push_back({"samples", 1e3 / step_ms * static_cast<double>(model.batch), "1/s", ""});
  if (use == Use::train && step_ms < 20) {
    const auto many = [&](std::uint32_t submissions) {
      const Timing together = timer.time_host(
          [&] {
            for (std::uint32_t i = 0; i < submissions; ++i)
              program->submit(steps_together / submissions);
            program->wait();
          },
          steps_together);
      return median(together.wall_ms);
    };
    row.extras.push_back({"step, not waited for", many(steps_together), "ms", ""});
    row.extras.push_back(
        {fmt::format("step, {} in a submission", steps_together), many(1), "ms", ""});
  }
  put_energy(row, timer, *program);
}

}  // namespace

StartUp start_up(const ModelCase& model, const std::shared_ptr<gpu::Device>& device) {
  const double began = os::seconds();
  const Recorded recorded = record_model(model, Use::train, model.batch);
  const auto program = recorded.program(device, Tune::off);
  const double compiled = os::seconds();
  program->submit();
  program->wait();
  return {(compiled - began) * 1e3, (os::seconds() - compiled) * 1e3};
}

std::string losses_name(const ModelCase& model) {
  if (model.precision == DType::f32) return model.name;
  return fmt::format("{} {}", model.name, name_of(model.precision));
}

std::vector<double> kept_losses(const ModelCase& model) {
  if (losses_json.empty()) return {};
  const auto all = nlohmann::json::parse(losses_json).at("losses");
  const std::string own = losses_name(model);
  return all.value(all.contains(own) ? own : model.name, std::vector<double>{});
}

std::vector<double> compute_losses(const ModelCase& model, int steps) {
  std::vector<double> losses;
  for (const Values& values : reference_steps(record_model(model, Use::train, model.batch), steps))
    losses.push_back(values[0]);
  return losses;
}

std::string row_name(const ModelCase& model, Use use) {
  return fmt::format("{} {} batch {} {}", model.name, use == Use::train ? "train" : "run",
                     model.batch, name_of(model.precision));
}

Row measure_model(const ModelCase& model, Use use, Timer& timer) {
  return attempt({.name = row_name(model, use),
                  .device = timer.device()->caps().name,
                  .part = Part::model,
                  .use = use,
                  .precision = std::string(name_of(model.precision))},
                 [&](Row& row) {
                   check_model(model, use, timer, row);
                   time_model(model, use, timer, row);
                   if (use == Use::run) put_latency(model, timer, row);
                   if (use == Use::train && model.precision == DType::f32)
                     put_start_up(model, timer.device()->caps(), row);
                 });
}

}  // namespace lemnos::bench
