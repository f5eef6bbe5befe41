// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/lower.h"

#include <algorithm>
#include <map>
#include <span>

#include "runtime/exec/choices.h"
#include "runtime/exec/ladder.h"
#include "runtime/jit/chain.h"

namespace lemnos {
namespace {

std::string label_of(const Graph& graph, const Unit& unit) {
  std::string names;
  for (const NodeId node : unit.nodes)
    names += fmt::format("{}{}", names.empty() ? "" : "+", graph[node].op->name);
  const Node& last = graph[unit.nodes.back()];
  return fmt::format("{} {}  {}", names, last.type.shape, where(last.at));
}

// A node with what was folded into it: `nodes`, without the companion.
Problem with_epilogue(const Graph& graph, std::span<const NodeId> nodes,
                      std::vector<NodeId>& operands) {
  Problem problem = problem_of(graph, graph[nodes.front()]);
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    const Node& node = graph[nodes[i]];
    if (is_half(node.type.dtype)) {
      problem.result.dtype = node.type.dtype;
      continue;
    }
    const EpilogueStep step = node.op->epilogue_step;
    if (step == EpilogueStep::relu) {
      problem.activation = Activation::relu;
      continue;
    }
    // The other operand: the bias, or the mask (which is never operand 0).
    const bool mask = step == EpilogueStep::mask;
    const NodeId extra = node.inputs[mask || node.inputs[0] == nodes[i - 1] ? 1 : 0];
    problem.bias = !mask;
    if (mask) problem.activation = Activation::mask;
    problem.inputs.push_back(graph[extra].type);
    operands.push_back(extra);
  }
  return problem;
}

Lowered lower_single(const Graph& graph, const Unit& unit, const gpu::Caps& caps,
                     const ExecOptions& options) {
  std::vector<NodeId> nodes = unit.nodes;
  std::erase(nodes, unit.companion);
  const Node& head = graph[nodes.front()];
  Lowered lowered{.operands = head.inputs, .results = {nodes.back()}, .op = head.op};
  Problem problem = with_epilogue(graph, nodes, lowered.operands);
  problem.companion = unit.companion != Unit::no_node;
  if (problem.companion) lowered.results.push_back(unit.companion);
  if (options.choices != nullptr) problem.choice = options.choices->find(problem).value_or(0);
  lowered.lowering = lower_on_ladder(problem, caps, options.rung);
  return lowered;
}

// Tells a kernel how binding i is stored, if it takes that in several ways.
bool set_stored(Dispatch& dispatch, std::size_t i, gpu::Stored stored,
                const gpu::Reflection& kernel) {
  const std::uint32_t id = gpu::stored_constant + kernel.bindings[i].binding;
  if (std::ranges::find(kernel.constants, id, &gpu::SpecConstant::id) == kernel.constants.end())
    return false;
  for (const gpu::SpecConstant& constant : kernel.constants) {
    if (constant.id > id || constant.id < dispatch.specialization.size()) continue;
    dispatch.specialization.resize(constant.id + 1);
    dispatch.specialization[constant.id] = constant.default_bits;
  }
  dispatch.specialization[id] = static_cast<std::uint32_t>(stored);
  dispatch.bindings[i].stored = stored;
  return true;
}

// Where a lowering binds what its kernels do not read, it may bind anything: what counts is that
// each 16-bit operand or result is told to some kernel.
void set_stored(Lowered& lowered, const Graph& graph) {
  std::map<NodeId, bool> told;
  for (Dispatch& dispatch : lowered.lowering.dispatches) {
    std::optional<gpu::Reflection> kernel;
    for (std::size_t i = 0; i < dispatch.bindings.size(); ++i) {
      Binding& binding = dispatch.bindings[i];
      if (binding.kind == Binding::Kind::scratch) continue;
      const auto& values =
          binding.kind == Binding::Kind::input ? lowered.operands : lowered.results;
      const NodeId value = values.at(binding.index);
      const gpu::Stored stored = stored_as(graph[value].type.dtype);
      if (stored == gpu::Stored::f32) continue;
      if (!kernel) kernel = gpu::reflect(*dispatch.shader);
      told[value] |= set_stored(dispatch, i, stored, *kernel);
      // Lowerings count bytes of f32, but those of pointwise ops those of the type.
      if (lowered.op->kind == Kind::pointwise) continue;
      binding.offset /= 2;
      binding.bytes = (binding.bytes / 2 + 15) / 16 * 16;
    }
  }
  for (const auto& [value, by_some] : told)
    check(by_some, "{}: no kernel takes %{} as {}", lowered.op->name, value,
          name_of(graph[value].type.dtype));
}

void check_dispatch(const Dispatch& dispatch, const gpu::Caps& caps, const std::string& label) {
  if (caps.max_loop_turns != 0 && dispatch.loop_turns > caps.max_loop_turns)
    fail(
        "{}: kernel {} would loop {} times; {} ends all loops after {}. This size cannot run here: "
        "please report it",
        label, dispatch.shader->name, dispatch.loop_turns, caps.driver_version,
        caps.max_loop_turns);
}

// The others take no 16-bit floats, or say themselves how their kernels do.
bool reads_stored(const OpDef& op) {
  return op.half != HalfOperands::none || (op.kind == Kind::pointwise && &op != runtime_ops().cast);
}

}  // namespace

Lowering lower_copy(const TensorType& type, const gpu::Caps& caps) {
  return lower_on_ladder({.op = runtime_ops().copy, .inputs = {type}, .result = type}, caps);
}

std::optional<Lowered> lower(const Graph& graph, const Unit& unit, const gpu::Caps& caps,
                             bool generate, const ExecOptions& options) {
  Lowered lowered;
  if (generate && is_chain(graph, unit)) {
    auto lowering = lower_chain(graph, unit, caps);
    if (!lowering) return std::nullopt;
    lowered = {.operands = unit.inputs,
               .results = unit.results,
               .lowering = std::move(*lowering),
               .op = graph[unit.nodes.front()].op};
    // Its operands are not read element by element: nothing is written over them.
    for (const NodeId node : unit.nodes)
      if (is_gather(graph, node)) lowered.op = graph[node].op;
  } else {
    lowered = lower_single(graph, unit, caps, options);
    if (reads_stored(*lowered.op)) set_stored(lowered, graph);
  }
  lowered.label = label_of(graph, unit);
  for (const Dispatch& dispatch : lowered.lowering.dispatches)
    check_dispatch(dispatch, caps, lowered.label);
  return lowered;
}

}  // namespace lemnos
