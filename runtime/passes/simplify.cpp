// SPDX-License-Identifier: Apache-2.0
#include "runtime/passes/simplify.h"

#include <map>
#include <optional>

namespace lemnos {
namespace {

std::optional<double> literal(const Graph& graph, NodeId id) {
  if (graph[id].op != runtime_ops().fill) return std::nullopt;
  return graph[id].attrs.as<FillAttrs>().value;
}

// The value of a pointwise op whose operands are all literals, by its own reference. f32 in, f32
// out: the device would have computed with rounded numbers, so the literal is rounded as well.
std::optional<double> folded(const Graph& graph, const Node& node) {
  if (node.op->kind != Kind::pointwise || node.inputs.empty() || node.type.dtype != DType::f32)
    return std::nullopt;
  Problem problem{.op = node.op, .attrs = node.attrs, .result = {Shape{}, DType::f32}};
  std::vector<Values> operands;
  for (const NodeId input : node.inputs) {
    const auto value = literal(graph, input);
    if (!value || graph[input].type.dtype != DType::f32) return std::nullopt;
    problem.inputs.push_back({Shape{}, DType::f32});
    operands.push_back({static_cast<double>(static_cast<float>(*value))});
  }
  Values result(1);
  node.op->reference(problem, operands, result);
  return static_cast<double>(static_cast<float>(result[0]));
}

class Simplifier {
 public:
  explicit Simplifier(const Graph& graph) : old_(graph), now_(graph.nodes.size()) {}

  Graph run() {
    new_.inputs = old_.inputs;
    new_.storages = old_.storages;
    const std::vector<bool> needed = needed_in(old_);
    for (NodeId id = 0; id < old_.nodes.size(); ++id)
      if (needed[id]) now_[id] = rewrite(old_[id]);
    for (const NodeId output : old_.outputs) new_.outputs.push_back(now_[output]);
    for (const auto& assign : old_.assigns)
      new_.assigns.push_back({assign.storage, now_[assign.value]});
    return without_dead();
  }

 private:
  static std::vector<bool> needed_in(const Graph& graph) {
    std::vector<bool> needed(graph.nodes.size());
    for (const NodeId output : graph.outputs) needed[output] = true;
    for (const auto& assign : graph.assigns) needed[assign.value] = true;
    for (NodeId id = static_cast<NodeId>(graph.nodes.size()); id-- > 0;) {
      if (graph[id].op->mutates != 0) needed[id] = true;
      if (needed[id])
        for (const NodeId input : graph[id].inputs) needed[input] = true;
    }
    return needed;
  }

  NodeId rewrite(Node node) {
    for (NodeId& input : node.inputs) input = now_[input];
    if (packs_one(node)) {
      node.op = &view_op;
      node.attrs = ViewAttrs{node.type.shape};
    }
    if (node.op->kind == Kind::view && node.op != &again_op) {
      node.op = &view_op;  // gradients are recorded by now
      if (const auto same = collapse_view(node)) return *same;
    }
    if (const auto value = folded(new_, node)) {
      node = {.op = runtime_ops().fill,
              .attrs = FillAttrs{node.type.shape, *value},
              .type = node.type,
              .at = node.at};
    }
    if (const auto same = identity(node)) return *same;
    return unique(std::move(node));
  }

  // Nothing follows and no zeros fill up: the result is the flat value itself.
  bool packs_one(const Node& node) const {
    return node.op->kind == Kind::pack && node.inputs.size() == 1 &&
           new_[node.inputs[0]].type.shape.elements() == node.type.shape.elements();
  }

  // A view of a view looks through; a view that changes nothing vanishes; a reshaped literal is
  // one.
  std::optional<NodeId> collapse_view(Node& node) {
    auto attrs = node.attrs.as<ViewAttrs>();
    const Node& from = new_[node.inputs[0]];
    if (from.op == runtime_ops().fill) {
      node = {.op = from.op,
              .attrs = FillAttrs{node.type.shape, from.attrs.as<FillAttrs>().value},
              .type = node.type,
              .at = node.at};
      return std::nullopt;
    }
    if (from.op == &view_op) {
      attrs.offset += from.attrs.as<ViewAttrs>().offset;
      node.inputs[0] = from.inputs[0];
      node.attrs = attrs;
    }
    if (new_[node.inputs[0]].type == node.type && attrs.offset == 0) return node.inputs[0];
    return std::nullopt;
  }

  // x + 0 and the like: the op's own reference decides, so no op is named. Only exact identities
  // count: f(x, literal) == x for every x among a few telling ones.
  std::optional<NodeId> identity(const Node& node) const {
    if (node.op->kind != Kind::pointwise || node.inputs.size() != 2) return std::nullopt;
    for (const int side : {0, 1}) {
      const NodeId kept = node.inputs[static_cast<std::size_t>(side)];
      const auto value = literal(new_, node.inputs[static_cast<std::size_t>(1 - side)]);
      if (!value || !(new_[kept].type == node.type) || !neutral(node, side, *value)) continue;
      return kept;
    }
    return std::nullopt;
  }

  static bool neutral(const Node& node, int side, double value) {
    if (value != 0 && value != 1) return false;
    Problem problem{.op = node.op,
                    .inputs = {{Shape{}, DType::f32}, {Shape{}, DType::f32}},
                    .attrs = node.attrs,
                    .result = {Shape{}, DType::f32}};
    for (const double x : {0.0, 1.0, -1.0, 0.37, -3.25, 1e30, -1e-30}) {
      std::vector<Values> operands{{value}, {value}};
      operands[static_cast<std::size_t>(side)] = {x};
      Values result(1);
      node.op->reference(problem, operands, result);
      if (result[0] != x) return false;
    }
    return true;
  }

  // An equal node that exists already, or this one, added.
  NodeId unique(Node node) {
    if (node.op->mutates == 0 && node.op->in_place < 0) {
      auto& same_op = known_[{node.op, node.inputs}];
      for (const NodeId other : same_op)
        if (new_[other].attrs == node.attrs && new_[other].type == node.type) return other;
      same_op.push_back(static_cast<NodeId>(new_.nodes.size()));
    }
    return new_.append(std::move(node));
  }

  // Rewriting leaves behind what only the replaced nodes read.
  Graph without_dead() const {
    const std::vector<bool> needed = needed_in(new_);
    std::vector<NodeId> moved(new_.nodes.size());
    Graph result{.inputs = new_.inputs, .storages = new_.storages};
    for (NodeId id = 0; id < new_.nodes.size(); ++id) {
      if (!needed[id]) continue;
      Node node = new_[id];
      for (NodeId& input : node.inputs) input = moved[input];
      moved[id] = result.append(std::move(node));
    }
    for (const NodeId output : new_.outputs) result.outputs.push_back(moved[output]);
    for (const auto& assign : new_.assigns)
      result.assigns.push_back({assign.storage, moved[assign.value]});
    return result;
  }

  const Graph& old_;
  Graph new_;
  std::vector<NodeId> now_;  // old id -> new id
  std::map<std::pair<const OpDef*, std::vector<NodeId>>, std::vector<NodeId>> known_;
};

}  // namespace

Graph simplify(const Graph& graph) { return Simplifier(graph).run(); }

}  // namespace lemnos
