// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/reference.h"

#include <cmath>

#include "runtime/tensor/half.h"

namespace lemnos {
namespace {

template <class T>
Values widened(const Storage& storage) {
  std::vector<T> narrow(static_cast<std::size_t>(storage.elements()));
  storage.read(0, std::as_writable_bytes(std::span(narrow)));
  return {narrow.begin(), narrow.end()};
}

Values leaf_value(const Graph& graph, const Node& node, std::span<const Values> inputs) {
  const auto index = node.attrs.as<LeafAttrs>().index;
  if (node.op == &storage_op) return values_of(*graph.storages[index]);
  check(index < inputs.size() &&
            static_cast<std::int64_t>(inputs[index].size()) == node.type.shape.elements(),
        "reference: input {} ({}) was not given, or not with {} elements", index,
        graph.inputs[index].name, node.type.shape.elements());
  return inputs[index];
}

}  // namespace

double allowed_relative_error(const Problem& problem) {
  const OpDef& op = *problem.op;
  if (op.scale == Scale::exact && op.magnitude == nullptr) return 0;
  const double terms = op.terms != nullptr ? op.terms(problem) : 1;
  return 0x1p-24 * (op.ulp + 2 * std::sqrt(terms));
}

Values error_scale(const Problem& problem, std::span<const Values> inputs, Values expected) {
  const OpDef& op = *problem.op;
  if (op.magnitude != nullptr) {
    op.magnitude(problem, inputs, expected);
  } else if (op.scale == Scale::inputs) {
    std::vector<Values> sizes(inputs.begin(), inputs.end());
    for (Values& values : sizes)
      for (double& value : values) value = std::abs(value);
    op.reference(problem, sizes, expected);
  }
  return expected;
}

Values values_of(const Storage& storage) {
  switch (storage.dtype()) {
    case DType::f32:
      return widened<float>(storage);
    case DType::i32:
      return widened<std::int32_t>(storage);
    case DType::u32:
      return widened<std::uint32_t>(storage);
    case DType::u8:
      return widened<std::uint8_t>(storage);
    case DType::f16:
    case DType::bf16:
      break;
  }
  Values values = widened<std::uint16_t>(storage);
  for (double& value : values) {
    const auto bits = static_cast<std::uint16_t>(value);
    value = storage.dtype() == DType::f16 ? f16_value(bits) : bf16_value(bits);
  }
  return values;
}

Evaluation evaluate_all(const Graph& graph, std::span<const Values> inputs) {
  Evaluation result;
  result.nodes.resize(graph.nodes.size());
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph[id];
    if (node.op->kind == Kind::leaf) {
      result.nodes[id] = leaf_value(graph, node, inputs);
      continue;
    }
    std::vector<Values> operands;
    for (const NodeId input : node.inputs) operands.push_back(result.nodes[input]);
    const Problem problem = problem_of(graph, node);
    result.nodes[id].resize(static_cast<std::size_t>(node.type.shape.elements()));
    node.op->reference(problem, operands, result.nodes[id]);
  }
  for (const NodeId output : graph.outputs) result.outputs.push_back(result.nodes[output]);
  return result;
}

}  // namespace lemnos
