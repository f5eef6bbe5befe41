// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/graph.h"

#include <algorithm>

#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

std::int64_t aligned(std::int64_t elements) {
  return (elements + state_alignment - 1) / state_alignment * state_alignment;
}

TensorType view_shape(const Problem& p) {
  const auto attrs = p.attrs.as<ViewAttrs>();
  const Shape shape = attrs.shape.shape();
  if (attrs.offset < 0 || attrs.offset + shape.elements() > p.in(0).elements())
    p.fail("{} at element {} does not lie within {}", shape, attrs.offset, p.in(0));
  return {shape, p.inputs[0].dtype};
}

std::vector<Tensor> view_gradient(const Adjoint& a) {
  if (a.result.elements() != a.in(0).elements())
    fail("a gradient cannot pass through a partial view; take it with respect to the view itself");
  return {record(view_op, {a.dresult}, ViewAttrs{a.in(0).shape(), 0})};
}

void view_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const auto first = in[0].begin() + p.attrs.as<ViewAttrs>().offset;
  out.assign(first, first + p.out().elements());
}

TensorType pack_shape(const Problem& p) {
  for (const TensorType& type : p.inputs)
    if (type.dtype != p.inputs[0].dtype) p.fail("the operands' element types differ");
  return flat_type(p.inputs);
}

void pack_reference(const Problem& p, std::span<const Values> in, Values& out) {
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  for (std::size_t i = 0; i < in.size(); ++i)
    std::copy(in[i].begin(), in[i].end(), out.begin() + pack_offset(p.inputs, i));
}

std::vector<Sample> view_samples() {
  return {{.inputs = {{.shape = {2, 3, 5}}}, .attrs = ViewAttrs{Shape{6, 5}, 0}},
          {.inputs = {{.shape = {1}}}, .attrs = ViewAttrs{Shape{}, 0}}};
}

std::vector<Sample> pack_samples() {
  return {{.inputs = {{.shape = {3}}, {.shape = {65}}, {.shape = {2, 2}}}, .gradient = false}};
}

}  // namespace

const OpDef input_op{.name = "input", .kind = Kind::leaf};
const OpDef storage_op{.name = "storage", .kind = Kind::leaf};
const OpDef view_op{.name = "view",
                    .kind = Kind::view,
                    .shape = view_shape,
                    .gradient = view_gradient,
                    .reference = view_reference,
                    .samples = view_samples,
                    .scale = Scale::exact};
const OpDef detach_op{.name = "detach",
                      .kind = Kind::view,
                      .shape = view_shape,
                      .reference = view_reference,
                      .samples = view_samples,
                      .scale = Scale::exact};
const OpDef again_op{.name = "again",
                     .kind = Kind::view,
                     .shape = view_shape,
                     .gradient = view_gradient,
                     .reference = view_reference,
                     .samples = view_samples,
                     .scale = Scale::exact};
const OpDef pack_op{.name = "pack",
                    .kind = Kind::pack,
                    .shape = pack_shape,
                    .reference = pack_reference,
                    .samples = pack_samples,
                    .scale = Scale::exact};

TensorType result_type(const Problem& problem) {
  const OpDef& op = *problem.op;
  const bool able = op.half != HalfOperands::none || op.kind == Kind::view ||
                    op.kind == Kind::pointwise || &op == runtime_ops().copy;
  for (const TensorType& type : problem.inputs)
    if (is_half(type.dtype) && !able)
      problem.fail("takes no {}; help: cast(x, DType::f32)", name_of(type.dtype));
  return op.shape(problem);
}

std::int64_t pack_offset(std::span<const TensorType> values, std::size_t i) {
  std::int64_t offset = 0;
  for (const TensorType& type : values.first(i)) offset += aligned(type.shape.elements());
  return offset;
}

TensorType flat_type(std::span<const TensorType> parts) {
  return {Shape{pack_offset(parts, parts.size())}, parts[0].dtype};
}

NodeId Graph::append(Node node) {
  nodes.push_back(std::move(node));
  return static_cast<NodeId>(nodes.size() - 1);
}

Problem problem_of(const Graph& graph, const Node& node) {
  Problem problem{
      .op = node.op, .inputs = {}, .attrs = node.attrs, .result = node.type, .at = node.at};
  problem.inputs.reserve(node.inputs.size());
  for (const NodeId id : node.inputs) problem.inputs.push_back(graph[id].type);
  return problem;
}

double flops_of(const Problem& problem) {
  const OpDef& op = *problem.op;
  if (op.flops != nullptr) return op.flops(problem);
  const bool computes = op.kind == Kind::pointwise && op.expression != "a";  // "a": only moves
  return computes ? static_cast<double>(problem.out().elements()) : 0;
}

void verify(const Graph& graph) {
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph[id];
    const auto bad = [&](std::string_view what) {
      fail("graph: node %{} ({}): {}", id, node.op ? node.op->name : "no op", what);
    };
    if (node.op == nullptr) bad("has no op");
    for (const NodeId input : node.inputs)
      if (input >= id) bad("an input does not come before it");
    if (node.op == &input_op || node.op == &storage_op) {
      const auto index = node.attrs.as<LeafAttrs>().index;
      const auto count = node.op == &input_op ? graph.inputs.size() : graph.storages.size();
      if (index >= count) bad("stands for an input or storage that does not exist");
    } else if (!(result_type(problem_of(graph, node)) == node.type)) {
      bad("its type is not what its op's shape rule says");
    }
  }
  for (const NodeId output : graph.outputs)
    check(output < graph.nodes.size(), "graph: output %{} does not exist", output);
  for (const Graph::Assign& assign : graph.assigns) {
    check(assign.storage < graph.storages.size() && assign.value < graph.nodes.size(),
          "graph: an assign names a storage or node that does not exist");
    check(graph[assign.value].type.shape.elements() == graph.storages[assign.storage]->elements(),
          "graph: storage {} is assigned a value of another size",
          graph.storages[assign.storage]->name());
  }
}

std::string print(const Graph& graph) {
  std::string text;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph[id];
    std::string operands;
    for (const NodeId input : node.inputs)
      operands += fmt::format("{}%{}", operands.empty() ? "" : ", ", input);
    if (node.op == &storage_op) operands = graph.storages[node.attrs.as<LeafAttrs>().index]->name();
    if (node.op == &input_op) operands = graph.inputs[node.attrs.as<LeafAttrs>().index].name;
    text += fmt::format("%{} = {}({}) {} {}   {}\n", id, node.op->name, operands, node.type.shape,
                        name_of(node.type.dtype), where(node.at));
  }
  for (const Graph::Assign& assign : graph.assigns)
    text += fmt::format("{} := %{}\n", graph.storages[assign.storage]->name(), assign.value);
  for (const NodeId output : graph.outputs) text += fmt::format("return %{}\n", output);
  return text;
}

}  // namespace lemnos
