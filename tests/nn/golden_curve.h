// SPDX-License-Identifier: Apache-2.0
// The first losses of a training beside PyTorch's, from the same weights and batches;
// tests/golden/curves.py says how those are made.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/datasets/dataset.h"
#include "nn/module.h"
#include "nn/train/task.h"
#include "runtime/graph/trace.h"
#include "tests/golden/golden.h"

namespace lemnos::test {

using Bytes = std::vector<std::byte>;

struct Curve {
  std::string name;
  // Declares the inputs; records a step, as Task::step does.
  std::function<void(Trace&, const Task::Update&)> step;
  std::function<std::vector<Bytes>(std::size_t step)> inputs;  // as many
  std::vector<Parameter> parameters;
  std::vector<std::string> parts = {""};  // as Task::parts
};

// A step with one loss.
template <class Loss>
auto lessening(Loss loss) {
  return [loss](Trace& trace, const Task::Update& update) { update(0, loss(trace)); };
}

template <class T>
Bytes bytes_of(std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return {bytes.begin(), bytes.end()};
}
template <class T>
Bytes bytes_of(const std::vector<T>& values) {
  return bytes_of(std::span<const T>(values));
}

// Both begin with the weights that the golden values describe. The loss before the first update, in
// double; and every loss on the device (skips where there is none), within the bound.
void check_first_loss(const Curve& curve, const nlohmann::json& golden);
void check_curve(const Curve& curve, const nlohmann::json& golden);

std::optional<data::Dataset> fashion_mnist_or_skip();

}  // namespace lemnos::test
