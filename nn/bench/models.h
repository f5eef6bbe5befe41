// SPDX-License-Identifier: Apache-2.0
// Whole models, training and answering, with the sizes of the presets and random data: rows with
// what only a model has, as extras (compile time, first step, samples a second, latency ...).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/bench/result.h"
#include "nn/bench/timer.h"
#include "nn/optim/optimizer.h"
#include "nn/train/task.h"
#include "runtime/graph/op_def.h"

namespace lemnos::bench {

struct ModelCase {
  std::string name;  // "mlp 784-512-10"
  std::int64_t batch = 0;
  // Checked with so many rows for so many steps; 0: the reference would take minutes.
  std::int64_t checked_batch = 0;
  int checked_steps = 0;
  bool quick = false;            // part of --quick
  DType precision = DType::f32;  // of activations and operands: f32 or bf16

  // With new weights, always the same.
  std::function<std::unique_ptr<Task>()> make;
  std::string optimizer = "adam";
  double learning_rate = 1e-3;
  // One row as it is stored, without the batch: inputs, and targets where there are any.
  SampleInput input;
  std::optional<SampleInput> target;
  std::function<Tensor(const Task&, const Tensor& inputs)> answer;
};

std::vector<ModelCase> model_cases();

// "mlp 784-512-10 train batch 128 f32": of the row that measures the case.
std::string row_name(const ModelCase& model, Use use);

// Training is checked by its first losses, beside those of the double reference, to a thousandth:
// at full size where they are kept (kept_losses), else with checked_batch rows. Answers are checked
// by the norm of the difference, to a ten-thousandth. In bf16 both are to two hundredths, and the
// reference rounds where the device does. What does not fit the device gets a note.
Row measure_model(const ModelCase& model, Use use, Timer& timer);

// The first losses of a model as it is trained here, by the double reference (weights and moments
// are f32, as on a device): those kept in tests/speed/baselines/, none of most models; and computed
// now, in minutes. In bf16 they stand under "NAME bf16"; where they do not, f32's are meant.
std::string losses_name(const ModelCase& model);
std::vector<double> kept_losses(const ModelCase& model);
std::vector<double> compute_losses(const ModelCase& model, int steps);

}  // namespace lemnos::bench
