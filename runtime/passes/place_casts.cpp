// SPDX-License-Identifier: Apache-2.0
#include "runtime/passes/place_casts.h"

#include <algorithm>
#include <map>

#include "runtime/passes/units.h"

namespace lemnos {
namespace {

class Casting {
 public:
  Casting(const Graph& graph, DType type)
      : old_(graph),
        type_(type),
        readers_(graph.nodes.size()),
        escapes_(graph.nodes.size()),
        rounded_(graph.nodes.size()),
        now_(graph.nodes.size()) {
    for (NodeId id = 0; id < old_.nodes.size(); ++id)
      for (const NodeId input : old_[id].inputs) readers_[input].push_back(id);
    for (const NodeId output : old_.outputs) escapes_[output] = true;
    for (const auto& assign : old_.assigns) escapes_[assign.value] = true;
  }

  Graph run() {
    choose();
    new_.inputs = old_.inputs;
    new_.storages = old_.storages;
    for (NodeId id = 0; id < old_.nodes.size(); ++id) {
      Node node = old_[id];
      for (NodeId& input : node.inputs) input = operand(node, input);
      now_[id] = new_.append(std::move(node));
    }
    for (const NodeId output : old_.outputs) new_.outputs.push_back(now_[output]);
    for (const auto& assign : old_.assigns)
      new_.assigns.push_back({assign.storage, now_[assign.value]});
    return std::move(new_);
  }

 private:
  void choose();
  bool wants(NodeId reader) const { return old_[reader].op->half == HalfOperands::wants; }
  bool reads(NodeId reader) const {
    return old_[reader].op->half != HalfOperands::none || is_generated(old_, reader);
  }
  NodeId value_of(NodeId id) const;
  bool is_state(NodeId value) const {
    return old_[base_of(old_, value).node].op->kind == Kind::leaf;
  }
  bool all_readers_read(NodeId id) const;
  NodeId end_of_epilogue(NodeId head) const;
  NodeId operand(const Node& reader, NodeId input);
  NodeId rounded(NodeId value);

  const Graph& old_;
  DType type_;
  std::vector<std::vector<NodeId>> readers_;
  std::vector<bool> escapes_;
  std::vector<bool> rounded_;  // values whose readers get them rounded
  std::vector<NodeId> now_;
  std::map<NodeId, NodeId> casts_;  // of values, in the new graph
  Graph new_;
};

// What is rounded to give `id` rounded: a whole value under another shape is that value.
NodeId Casting::value_of(NodeId id) const {
  const Base base = base_of(old_, id);
  const Node& whole = old_[base.node];
  const bool same = base.offset == 0 && whole.op->kind != Kind::leaf &&
                    whole.type.shape.elements() == old_[id].type.shape.elements();
  return same ? base.node : id;
}

bool Casting::all_readers_read(NodeId id) const {
  return !escapes_[id] && std::ranges::all_of(readers_[id], [&](NodeId reader) {
    if (old_[reader].op->kind == Kind::view)
      return value_of(reader) == value_of(id) && all_readers_read(reader);
    return reads(reader);
  });
}

// The last of the additions, activations and masks that may end the kernel of `head`.
NodeId Casting::end_of_epilogue(NodeId head) const {
  NodeId last = head, next = head;
  while (readers_[next].size() == 1 && !escapes_[next]) {
    next = readers_[next].front();
    const Node& node = old_[next];
    if (node.type.shape.elements() != old_[head].type.shape.elements()) break;
    if (node.op->kind == Kind::view) continue;
    if (node.op->epilogue_step == EpilogueStep::none || !is_generated(old_, next)) break;
    last = next;
  }
  return last;
}

void Casting::choose() {
  for (NodeId id = 0; id < old_.nodes.size(); ++id) {
    if (!wants(id)) continue;
    for (const NodeId input : old_[id].inputs)
      if (old_[input].type.dtype == DType::f32) rounded_[value_of(input)] = true;
    const NodeId end = end_of_epilogue(id);
    if (old_[id].op->narrows != nullptr && old_[id].op->narrows(problem_of(old_, old_[id])) &&
        all_readers_read(end))
      rounded_[end] = true;
  }
}

NodeId Casting::operand(const Node& reader, NodeId input) {
  const NodeId value = value_of(input);
  const bool wanted = reader.op->half == HalfOperands::wants;
  const bool able = reader.op->half != HalfOperands::none ||
                    (reader.op->kind == Kind::pointwise && !reader.op->expression.empty());
  if (!rounded_[value] || !able || old_[input].type.dtype != DType::f32 ||
      (is_state(value) && !wanted))
    return now_[input];
  const NodeId cast = rounded(value);
  if (value == input) return cast;
  Node view = old_[input];
  view.op = &view_op;
  view.inputs = {cast};
  view.attrs = ViewAttrs{view.type.shape, 0};
  view.type.dtype = type_;
  return new_.append(std::move(view));
}

NodeId Casting::rounded(NodeId value) {
  const auto [entry, added] = casts_.try_emplace(value, 0);
  if (added)
    entry->second = new_.append({.op = runtime_ops().cast,
                                 .inputs = {now_[value]},
                                 .attrs = CastAttrs{type_},
                                 .type = {old_[value].type.shape, type_},
                                 .at = old_[value].at,
                                 .phase = old_[value].phase,
                                 .pass = old_[value].pass});
  return entry->second;
}

}  // namespace

Graph place_casts(const Graph& graph, DType type) { return Casting(graph, type).run(); }

}  // namespace lemnos
