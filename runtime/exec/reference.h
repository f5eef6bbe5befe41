// SPDX-License-Identifier: Apache-2.0
// Any graph on the CPU, in double, in plain loops: what every kernel is checked against.
#pragma once

#include <span>
#include <vector>

#include "runtime/graph/graph.h"

namespace lemnos {

struct Evaluation {
  std::vector<Values> nodes;    // every node's value
  std::vector<Values> outputs;  // of graph.outputs
};

// inputs[i] is for graph.inputs[i]. Storages have their present contents; nothing is assigned.
Evaluation evaluate_all(const Graph& graph, std::span<const Values> inputs);

inline std::vector<Values> evaluate(const Graph& graph, std::span<const Values> inputs) {
  return evaluate_all(graph, inputs).outputs;
}

// How far from it a kernel may be, by the table of op_def.h: |got - expected| <= relative *
// |scale|, element by element. inputs are the op's; expected is its whole value, with every part.
// relative is 0 where there may be no error at all.
double allowed_relative_error(const Problem& problem);
Values error_scale(const Problem& problem, std::span<const Values> inputs, Values expected);

// The contents of a storage as doubles; integers exactly.
Values values_of(const Storage& storage);

}  // namespace lemnos
