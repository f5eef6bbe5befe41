// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/lower.h"

#include <span>

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

Lowered lower_single(const Graph& graph, const Unit& unit, const gpu::Caps& caps) {
  std::vector<NodeId> nodes = unit.nodes;
  std::erase(nodes, unit.companion);
  const Node& head = graph[nodes.front()];
  Lowered lowered{.operands = head.inputs, .results = {nodes.back()}, .op = head.op};
  Problem problem = with_epilogue(graph, nodes, lowered.operands);
  problem.companion = unit.companion != Unit::no_node;
  if (problem.companion) lowered.results.push_back(unit.companion);
  if (head.op->fits != nullptr)
    if (const char* reason = head.op->fits(problem, caps))
      problem.fail("cannot run on {}: {}", caps.name, reason);
  lowered.lowering = head.op->lower(problem, caps);
  return lowered;
}

void check_dispatch(const Dispatch& dispatch, const gpu::Caps& caps, const std::string& label) {
  if (caps.max_loop_turns != 0 && dispatch.loop_turns > caps.max_loop_turns)
    fail(
        "{}: kernel {} would loop {} times; {} ends all loops after {}. This size cannot run here: "
        "please report it",
        label, dispatch.shader->name, dispatch.loop_turns, caps.driver_version,
        caps.max_loop_turns);
}

}  // namespace

Lowering lower_copy(const TensorType& type, const gpu::Caps& caps) {
  return runtime_ops().copy->lower({.op = runtime_ops().copy, .inputs = {type}, .result = type},
                                   caps);
}

std::optional<Lowered> lower(const Graph& graph, const Unit& unit, const gpu::Caps& caps,
                             bool generate) {
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
    lowered = lower_single(graph, unit, caps);
  }
  lowered.label = label_of(graph, unit);
  for (const Dispatch& dispatch : lowered.lowering.dispatches)
    check_dispatch(dispatch, caps, lowered.label);
  return lowered;
}

}  // namespace lemnos
