// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/kernel_check.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"
#include "runtime/exec/reference.h"
#include "runtime/passes/place_casts.h"
#include "runtime/passes/simplify.h"
#include "runtime/passes/units.h"

namespace lemnos::bench {
namespace {

// Calls visit(first element, elements) for each run of neighbours in the window of a value.
template <class Visit>
void each_run(const Shape& shape, const Window& window, const Visit& visit) {
  const int rank = shape.rank();
  std::vector<std::int64_t> begin(static_cast<std::size_t>(rank), 0), size;
  for (int axis = 0; axis < rank; ++axis) size.push_back(shape[axis]);
  for (const Cut& cut : window) {
    begin[static_cast<std::size_t>(cut.axis)] = cut.begin;
    size[static_cast<std::size_t>(cut.axis)] = cut.count;
  }
  const auto walk = [&](const auto& self, int axis, std::int64_t first) -> void {
    const auto a = static_cast<std::size_t>(axis);
    if (axis == rank - 1) return visit(first * shape[axis] + begin[a], size[a]);
    for (std::int64_t i = 0; i < size[a]; ++i)
      self(self, axis + 1, first * shape[axis] + begin[a] + i);
  };
  if (rank == 0) return visit(0, 1);
  walk(walk, 0, 0);
}

SampleInput windowed(SampleInput input, const Window& window) {
  std::vector<std::int64_t> sizes;
  for (int axis = 0; axis < input.shape.rank(); ++axis) sizes.push_back(input.shape[axis]);
  for (const Cut& cut : window) sizes[static_cast<std::size_t>(cut.axis)] = cut.count;
  input.shape = Shape(std::span<const std::int64_t>(sizes));
  return input;
}

Bytes windowed(const SampleInput& input, const Window& window, const Bytes& whole) {
  const std::size_t size = size_of(input.dtype);
  Bytes part;
  each_run(input.shape, window, [&](std::int64_t first, std::int64_t count) {
    const auto from =
        whole.begin() + static_cast<std::ptrdiff_t>(first) * static_cast<std::ptrdiff_t>(size);
    part.insert(part.end(), from, from + count * static_cast<std::ptrdiff_t>(size));
  });
  return part;
}

Values windowed(const KernelGraph::Result& result, const Window& window) {
  const Values whole = values_of(*result.storage);
  Values part;
  each_run(result.shape, window, [&](std::int64_t first, std::int64_t count) {
    const auto from = whole.begin() + result.offset + first;
    part.insert(part.end(), from, from + count);
  });
  return part;
}

// ---- tolerances ---------------------------------------------------------------------------------

double rounding(const Graph& graph, const Node& node) {
  const OpDef& op = *node.op;
  const bool computes = op.kind == Kind::pointwise || op.kind == Kind::other;
  return computes ? allowed_relative_error(problem_of(graph, node)) : 0;
}

// The sum over all nodes that a value is computed from.
double rounding_until(const Graph& graph, NodeId value) {
  std::vector<bool> needed(graph.nodes.size());
  needed[value] = true;
  double sum = 0;
  for (NodeId id = value + 1; id-- > 0;) {
    if (!needed[id]) continue;
    for (const NodeId input : graph[id].inputs) needed[input] = true;
    sum += rounding(graph, graph[id]);
  }
  return sum;
}

// Whether one op computes the value from what is given.
bool is_single(const Graph& graph, NodeId value) {
  const Base base = base_of(graph, value);
  return std::ranges::all_of(graph[base.node].inputs, [&](NodeId input) {
    return graph[base_of(graph, input).node].op->kind == Kind::leaf;
  });
}

// What errors of a node are relative to, by element.
Values scale_of(const Graph& graph, NodeId id, const Evaluation& evaluation) {
  const Node& node = graph[id];
  std::vector<Values> inputs;
  for (const NodeId input : node.inputs) inputs.push_back(evaluation.nodes[input]);
  return error_scale(problem_of(graph, node), inputs, evaluation.nodes[id]);
}

double norm_of(std::span<const double> values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

double error_of(std::span<const double> got, std::span<const double> expected,
                std::span<const double> allowed, double norm) {
  if (got.size() != expected.size()) return INFINITY;
  double worst = 0, squares = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] == expected[i]) continue;
    const double difference = std::abs(got[i] - expected[i]);
    if (!std::isfinite(difference)) return INFINITY;
    squares += difference * difference;
    if (!allowed.empty()) worst = std::max(worst, difference / (allowed[i] + 0x1p-126));
  }
  if (!allowed.empty()) return worst;
  return std::sqrt(squares) / (norm * norm_of(expected) + 0x1p-126);
}

}  // namespace

Expected::Expected(const Case& kernel, std::span<const Bytes> values) : kernel_(kernel) {
  const Inputs inputs = make_inputs(kernel.inputs, values);
  const Graph whole = simplify(record_kernel(kernel, kernel.inputs, std::span(&inputs, 1)).graph);
  flops_ = bench::flops_of(whole);
  bytes_ = kernel.bytes > 0 ? kernel.bytes : bytes_of(whole);
  for (const Node& node : whole.nodes)
    largest_ = std::max(largest_, static_cast<double>(node.type.shape.elements()) *
                                      static_cast<double>(size_of(node.type.dtype)));
  if (kernel.slices.empty()) solve(nullptr, kernel.inputs, inputs);
  for (const Slice& slice : kernel.slices) {
    std::vector<SampleInput> types;
    std::vector<Bytes> parts;
    for (std::size_t i = 0; i < kernel.inputs.size(); ++i) {
      types.push_back(windowed(kernel.inputs[i], slice.inputs[i]));
      parts.push_back(windowed(kernel.inputs[i], slice.inputs[i], values[i]));
    }
    solve(&slice, types, make_inputs(types, parts));
  }
}

void Expected::solve(const Slice* slice, std::span<const SampleInput> types, const Inputs& inputs) {
  const KernelGraph recorded = record_kernel(kernel_, types, std::span(&inputs, 1));
  Graph graph = simplify(recorded.graph);
  const bool mixed = is_half(kernel_.precision);
  if (mixed) graph = place_casts(graph, kernel_.precision);
  const Evaluation evaluation = evaluate_all(graph, {});
  Part part{slice, {}};
  const auto add = [&](const Graph::Assign& assign, std::int64_t offset, std::int64_t count) {
    const NodeId base = base_of(graph, assign.value).node;
    const auto cut = [&](const Values& values) {
      return Values(values.begin() + offset, values.begin() + offset + count);
    };
    Value value{.values = cut(evaluation.nodes[assign.value])};
    value.norm = kernel_.precision == DType::f16    ? 2e-3
                 : kernel_.precision == DType::bf16 ? 1e-2
                                                    : rounding_until(graph, base);
    if (!mixed && is_single(graph, assign.value)) {
      value.allowed = cut(scale_of(graph, base, evaluation));
      const double share = rounding(graph, graph[base]);
      for (double& allowed : value.allowed) allowed = share * std::abs(allowed);
    }
    part.values.push_back(std::move(value));
  };
  for (const Graph::Assign& assign : graph.assigns) {
    const auto& storage = graph.storages[assign.storage];
    if (slice == nullptr) add(assign, 0, storage->elements());
    for (const KernelGraph::Result& result : recorded.results)
      if (slice != nullptr && result.storage == storage)
        add(assign, result.offset, result.shape.elements());
  }
  parts_.push_back(std::move(part));
}

double Expected::error(const KernelGraph& done) const {
  double worst = 0;
  for (const Part& part : parts_) {
    const std::size_t count = part.slice == nullptr ? done.assigns : done.results.size();
    check(part.values.size() == count, "{}: {} results are expected, there are {}", kernel_.name,
          part.values.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto& [expected, allowed, norm] = part.values[i];
      const Values got = part.slice == nullptr
                             ? values_of(*done.graph.storages[done.graph.assigns[i].storage])
                             : windowed(done.results[i], part.slice->results[i]);
      worst = std::max(worst, error_of(got, expected, allowed, norm));
    }
  }
  return worst;
}

}  // namespace lemnos::bench
