// SPDX-License-Identifier: Apache-2.0
#include "runtime/passes/units.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>

namespace lemnos {
namespace {

constexpr std::uint32_t none = ~0u;

// Nodes grouped so far; groups are merged and never split.
class Grouping {
 public:
  Grouping(const Graph& graph, const FusionOptions& options)
      : graph_(graph),
        options_(options),
        group_(graph.nodes.size(), none),
        readers_(graph.nodes.size()),
        escapes_(graph.nodes.size()) {
    for (NodeId id = 0; id < graph.nodes.size(); ++id)
      for (const NodeId input : graph[id].inputs) readers_[input].push_back(id);
    for (const NodeId output : graph.outputs) escapes_[output] = true;
    for (const auto& assign : graph.assigns) escapes_[assign.value] = true;
    for (NodeId id = 0; id < graph.nodes.size(); ++id)
      if (is_computed(id)) {
        group_[id] = static_cast<std::uint32_t>(members_.size());
        members_.push_back({id});
      }
  }

  void fuse_epilogues();
  void fuse_companions();
  void fuse_pointwise();
  std::vector<Unit> units() const;

 private:
  bool is_computed(NodeId id) const;
  bool is_literal_of(NodeId id, NodeId reader) const;
  bool is_readable(NodeId id) const;
  NodeId sole_reader(NodeId id) const;  // none: several read it, or something outside
  NodeId epilogue_of(NodeId last, NodeId head, EpilogueStep step) const;
  NodeId mask_of(NodeId head) const;
  void fuse_narrowing(NodeId head, NodeId last);
  bool can_merge(std::uint32_t a, std::uint32_t b) const;
  bool reads(std::uint32_t a, std::uint32_t b) const;  // a group another's values
  bool would_cycle(std::uint32_t a, std::uint32_t b) const;
  void merge(std::uint32_t into, std::uint32_t from);
  Unit unit_of(std::span<const NodeId> nodes) const;
  // Calls visit with each group that reads group g's values, through views and packs as well.
  void for_each_reader(std::uint32_t g, const std::function<void(std::uint32_t)>& visit) const;

  const Graph& graph_;
  const FusionOptions& options_;
  std::vector<std::uint32_t> group_;           // of each node; none: leaf, view, pack, literal
  std::vector<std::vector<NodeId>> members_;   // of each group; empty: merged away
  std::vector<std::vector<NodeId>> readers_;   // of each node
  std::vector<bool> escapes_;                  // returned or assigned
  std::map<std::uint32_t, NodeId> companion_;  // of a group that has one
};

// A scalar literal inside a pointwise kernel needs no memory.
bool Grouping::is_literal_of(NodeId id, NodeId reader) const {
  return options_.pointwise && graph_[id].op == runtime_ops().fill && is_generated(graph_, reader);
}

bool Grouping::is_computed(NodeId id) const {
  const Kind kind = graph_[id].op->kind;
  if (kind == Kind::leaf || kind == Kind::view || kind == Kind::pack) return false;
  if (graph_[id].op != runtime_ops().fill || escapes_[id]) return true;
  return !std::ranges::all_of(readers_[id],
                              [&](NodeId reader) { return is_literal_of(id, reader); });
}

// True when `bias` is added along the last axis of `value`: [N], or [1, ..., 1, N].
bool is_row(const Shape& bias, const Shape& value) {
  return value.rank() > 0 && bias.rank() > 0 && bias.rank() <= value.rank() &&
         bias.elements() == value[-1] && bias[-1] == value[-1];
}

// Whether `value` is there when `head` runs.
bool is_before(const Graph& graph, NodeId value, NodeId head) {
  const NodeId base = base_of(graph, value).node;
  return graph[base].op->kind == Kind::leaf || base < head;
}

NodeId Grouping::sole_reader(NodeId id) const {
  return readers_[id].size() == 1 && !escapes_[id] ? readers_[id][0] : none;
}

// The node that adds a bias to `last`, or applies relu to it, and alone reads it.
NodeId Grouping::epilogue_of(NodeId last, NodeId head, EpilogueStep step) const {
  const NodeId next = sole_reader(last);
  if (next == none || graph_[next].op->epilogue_step != step) return none;
  const Node& node = graph_[next];
  if (!(node.type.shape == graph_[head].type.shape)) return none;
  if (step == EpilogueStep::relu) return next;
  const NodeId bias = node.inputs[node.inputs[0] == last ? 1 : 0];
  const bool row = bias != last && is_row(graph_[bias].type.shape, node.type.shape);
  return row && is_before(graph_, bias, head) ? next : none;
}

// The node that alone reads `head`, under another shape at most, and masks it.
NodeId Grouping::mask_of(NodeId head) const {
  const std::int64_t elements = graph_[head].type.shape.elements();
  NodeId last = head, next = sole_reader(head);
  while (next != none && graph_[next].op->kind == Kind::view &&
         graph_[next].type.shape.elements() == elements) {
    last = next;
    next = sole_reader(next);
  }
  if (next == none || graph_[next].op->epilogue_step != EpilogueStep::mask) return none;
  const Node& node = graph_[next];
  const NodeId mask = node.inputs[1];
  const bool whole =
      node.type.shape.elements() == elements && graph_[mask].type.shape.elements() == elements;
  return whole && node.inputs[0] == last && is_before(graph_, mask, head) ? next : none;
}

void Grouping::fuse_epilogues() {
  for (NodeId head = 0; head < graph_.nodes.size(); ++head) {
    const Epilogues understood = graph_[head].op->epilogues;
    if (understood == Epilogues::none || graph_[head].type.dtype != DType::f32) continue;
    NodeId last = head;
    if (const NodeId mask = mask_of(head); mask != none) {
      merge(group_[head], group_[mask]);
      fuse_narrowing(head, mask);
      continue;
    }
    for (const auto step : {EpilogueStep::add, EpilogueStep::relu}) {
      const NodeId next = understood == Epilogues::all ? epilogue_of(last, head, step) : none;
      if (next == none) continue;
      merge(group_[head], group_[next]);
      last = next;
    }
    fuse_narrowing(head, last);
  }
}

// The rounding of what the kernel of `head` gives to 16 bits, where nothing else reads it.
void Grouping::fuse_narrowing(NodeId head, NodeId last) {
  const NodeId next = sole_reader(last);
  const OpDef& op = *graph_[head].op;
  if (next != none && graph_[next].op == runtime_ops().cast && is_half(graph_[next].type.dtype) &&
      op.narrows != nullptr && op.narrows(problem_of(graph_, graph_[head])))
    merge(group_[head], group_[next]);
}

// Sums of a gradient that a product reads anyway, losses beside their gradient ...
void Grouping::fuse_companions() {
  const auto begins_with = [](const std::vector<NodeId>& all, const std::vector<NodeId>& first) {
    return first.size() <= all.size() && std::equal(first.begin(), first.end(), all.begin());
  };
  for (NodeId head = 0; head < graph_.nodes.size(); ++head) {
    const Node& node = graph_[head];
    if (node.op->gives == nullptr || group_[head] == none) continue;
    for (const NodeId other : readers_[node.inputs[0]]) {
      const std::uint32_t from = group_[other], into = group_[head];
      if (other == head || from == none || members_[from].size() != 1 ||
          !begins_with(node.inputs, graph_[other].inputs) ||
          !node.op->gives(problem_of(graph_, node), problem_of(graph_, graph_[other])) ||
          reads(into, from) || reads(from, into) || would_cycle(into, from))
        continue;
      merge(into, from);
      companion_[into] = other;
      break;
    }
  }
}

// A gather that a chain may do itself: read once, so that nothing else needs its rows in memory.
bool Grouping::is_readable(NodeId id) const {
  if (!is_gather(graph_, id)) return false;
  const TensorType& table = graph_[graph_[id].inputs[0]].type;
  const std::uint64_t bytes =
      static_cast<std::uint64_t>(table.shape.elements()) * size_of(table.dtype);
  NodeId reader = sole_reader(id);
  while (reader != none && graph_[reader].op->kind == Kind::view) reader = sole_reader(reader);
  return bytes <= options_.max_table_bytes && reader != none && is_generated(graph_, reader);
}

void Grouping::fuse_pointwise() {
  const auto fusable = [&](NodeId id) {
    return group_[id] != none && std::ranges::all_of(members_[group_[id]], [&](NodeId member) {
             return is_generated(graph_, member) || is_readable(member);
           });
  };
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    if (!fusable(id) || !is_generated(graph_, id)) continue;
    for (const NodeId input : graph_[id].inputs) {
      const Base from = base_of(graph_, input);  // reshapes keep the flat index
      const std::int64_t elements = graph_[from.node].type.shape.elements();
      if (!fusable(from.node) || elements != graph_[id].type.shape.elements() ||
          graph_[input].type.shape.elements() != elements)
        continue;
      if (graph_[from.node].phase != graph_[id].phase) continue;  // it is to be done later
      const auto a = group_[from.node], b = group_[id];
      if (a != b && can_merge(a, b)) merge(a, b);
    }
  }
}

bool Grouping::can_merge(std::uint32_t a, std::uint32_t b) const {
  std::vector<NodeId> nodes = members_[a];
  nodes.insert(nodes.end(), members_[b].begin(), members_[b].end());
  std::uint32_t cost = 0;
  for (const NodeId node : nodes) cost += graph_[node].op->compile_cost;
  if (cost > options_.max_cost) return false;
  std::ranges::sort(nodes);
  // What is gathered from must be there as a whole.
  for (const NodeId node : nodes)
    if (is_gather(graph_, node))
      for (const NodeId input : graph_[node].inputs)
        if (std::ranges::binary_search(nodes, base_of(graph_, input).node)) return false;
  const Unit unit = unit_of(nodes);
  return unit.inputs.size() + unit.results.size() <= options_.max_bindings && !would_cycle(a, b);
}

bool Grouping::reads(std::uint32_t a, std::uint32_t b) const {
  bool found = false;
  for_each_reader(b, [&](std::uint32_t reader) { found = found || reader == a; });
  return found;
}

// Whether some path leaves the two groups and comes back: then neither order of running works.
bool Grouping::would_cycle(std::uint32_t a, std::uint32_t b) const {
  std::vector<bool> seen(members_.size());
  std::vector<std::uint32_t> todo;
  const auto leave = [&](std::uint32_t reader) {
    if (reader != a && reader != b && !seen[reader]) {
      seen[reader] = true;
      todo.push_back(reader);
    }
  };
  for_each_reader(a, leave);
  for_each_reader(b, leave);
  bool returned = false;
  while (!todo.empty() && !returned) {
    const std::uint32_t group = todo.back();
    todo.pop_back();
    for_each_reader(group, [&](std::uint32_t reader) {
      returned = returned || reader == a || reader == b;
      leave(reader);
    });
  }
  return returned;
}

void Grouping::for_each_reader(std::uint32_t g,
                               const std::function<void(std::uint32_t)>& visit) const {
  const std::function<void(NodeId)> follow = [&](NodeId id) {
    for (const NodeId reader : readers_[id]) {
      if (group_[reader] == g) continue;
      if (group_[reader] == none) {
        follow(reader);
      } else {
        visit(group_[reader]);
      }
    }
  };
  for (const NodeId member : members_[g]) follow(member);
}

void Grouping::merge(std::uint32_t into, std::uint32_t from) {
  for (const NodeId node : members_[from]) group_[node] = into;
  members_[into].insert(members_[into].end(), members_[from].begin(), members_[from].end());
  std::ranges::sort(members_[into]);
  members_[from].clear();
}

Unit Grouping::unit_of(std::span<const NodeId> nodes) const {
  Unit unit{.nodes = {nodes.begin(), nodes.end()}, .inputs = {}, .results = {}};
  const auto inside = [&](NodeId id) { return std::ranges::binary_search(unit.nodes, id); };
  const bool pointwise = is_generated(graph_, nodes.back());
  for (const NodeId node : nodes)
    for (const NodeId input : graph_[node].inputs) {
      const bool known = std::ranges::find(unit.inputs, input) != unit.inputs.end();
      const bool inner = inside(input) || (pointwise && inside(base_of(graph_, input).node));
      if (!known && !inner && !is_literal_of(input, node)) unit.inputs.push_back(input);
    }
  // A value is needed outside if it is returned, assigned, or read by a node of another group; what
  // stands for memory (views, packs) passes the question on to its own readers.
  const std::function<bool(NodeId)> needed = [&](NodeId id) {
    return escapes_[id] || std::ranges::any_of(readers_[id], [&](NodeId reader) {
             if (graph_[reader].op->kind == Kind::pack) return true;
             return group_[reader] == none ? needed(reader) : !inside(reader);
           });
  };
  for (const NodeId node : nodes)
    if (needed(node)) unit.results.push_back(node);
  return unit;
}

// Kahn's algorithm, always taking the unit that was recorded first.
std::vector<Unit> Grouping::units() const {
  std::vector<std::uint32_t> waiting(members_.size());
  for (std::uint32_t g = 0; g < members_.size(); ++g)
    for_each_reader(g, [&](std::uint32_t reader) { ++waiting[reader]; });
  const auto later = [&](std::uint32_t a, std::uint32_t b) {
    return members_[a].front() > members_[b].front();
  };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready(later);
  for (std::uint32_t g = 0; g < members_.size(); ++g)
    if (!members_[g].empty() && waiting[g] == 0) ready.push(g);

  std::vector<Unit> units;
  while (!ready.empty()) {
    const std::uint32_t group = ready.top();
    ready.pop();
    units.push_back(unit_of(members_[group]));
    if (const auto found = companion_.find(group); found != companion_.end())
      units.back().companion = found->second;
    for_each_reader(group, [&](std::uint32_t reader) {
      if (--waiting[reader] == 0) ready.push(reader);
    });
  }
  return units;
}

}  // namespace

bool is_generated(const Graph& graph, NodeId id) {
  const Node& node = graph[id];
  return node.op->kind == Kind::pointwise && is_real(node.type.dtype) &&
         !node.op->expression.empty();
}

bool is_gather(const Graph& graph, NodeId id) {
  const Node& node = graph[id];
  if (node.op->rows == nullptr) return false;
  const Shape& table = graph[node.inputs[0]].type.shape;
  return table.elements() > 0 && table.elements() / table[0] % 4 == 0;
}

bool is_chain(const Graph& graph, const Unit& unit) {
  return is_generated(graph, unit.nodes.back()) &&
         std::ranges::all_of(unit.nodes, [&](NodeId node) {
           return is_generated(graph, node) || is_gather(graph, node);
         });
}

Base base_of(const Graph& graph, NodeId id) {
  Base base{id, 0};
  while (graph[base.node].op->kind == Kind::view) {
    base.offset += graph[base.node].attrs.as<ViewAttrs>().offset;
    base.node = graph[base.node].inputs[0];
  }
  return base;
}

std::vector<Unit> make_units(const Graph& graph, const FusionOptions& options) {
  Grouping grouping(graph, options);
  if (options.epilogues) grouping.fuse_epilogues();
  if (options.companions) grouping.fuse_companions();
  if (options.pointwise) grouping.fuse_pointwise();
  return grouping.units();
}

}  // namespace lemnos
