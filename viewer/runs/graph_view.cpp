// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/graph_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

#include "runtime/base/error.h"

namespace lemnos::viewer {
namespace {

std::string name_in(const Graph& graph, const Node& node) {
  if (node.op->kind != Kind::leaf) return {};
  const auto index = node.attrs.as<LeafAttrs>().index;
  return node.op == &storage_op ? graph.storages.at(index)->name() : graph.inputs.at(index).name;
}

std::vector<GraphNode> nodes_of(const Graph& graph) {
  std::vector<GraphNode> nodes;
  for (const Node& node : graph.nodes) {
    const auto id = static_cast<std::uint32_t>(nodes.size());
    nodes.push_back(
        {.op = std::string(node.op->name),
         .type = fmt::format("{} {}", node.type.shape, lemnos::name_of(node.type.dtype)),
         .line = node.at.line() == 0 || node.op->kind == Kind::leaf ? "" : where(node.at),
         .name = name_in(graph, node),
         .inputs = node.inputs,
         .pass = node.pass});
    for (const NodeId input : node.inputs)
      if (auto& readers = nodes[input].readers; readers.empty() || readers.back() != id)
        readers.push_back(id);
  }
  return nodes;
}

GraphUnit unit_of(const Plan& plan, std::size_t index) {
  const PlannedUnit& planned = plan.units[index];
  GraphUnit unit{.title = planned.label.substr(0, planned.label.find(' ')),
                 .nodes = planned.nodes,
                 .pass = plan.graph[planned.nodes.front()].pass};
  for (std::uint32_t i = 0; i < plan.dispatches.size(); ++i) {
    if (plan.dispatches[i].unit != index) continue;
    if (unit.dispatches.empty()) unit.first_wave = plan.dispatches[i].wave;
    unit.last_wave = plan.dispatches[i].wave;
    unit.dispatches.push_back(i);
  }
  return unit;
}

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

bool shown(const GraphNode& node, std::uint32_t id, const GraphFilter& filter) {
  const bool pass = node.pass == Pass::forward    ? filter.forward
                    : node.pass == Pass::backward ? filter.backward
                                                  : filter.update;
  if (!pass) return false;
  if (filter.text.empty()) return true;
  if (filter.text.front() == '%') return fmt::format("%{}", id) == filter.text;
  return contains(node.op, filter.text) || contains(node.name, filter.text) ||
         contains(node.line, filter.text) || contains(node.type, filter.text);
}

}  // namespace

GraphView graph_view(const Plan& plan) {
  GraphView view{.nodes = nodes_of(plan.graph)};
  std::vector<GraphUnit> units;
  for (std::size_t i = 0; i < plan.units.size(); ++i) units.push_back(unit_of(plan, i));
  std::ranges::stable_sort(units, {}, &GraphUnit::first_wave);

  GraphUnit given{.title = "inputs, states and views"};
  std::vector<bool> computed(view.nodes.size());
  for (const GraphUnit& unit : units)
    for (const NodeId node : unit.nodes) computed[node] = true;
  for (NodeId id = 0; id < view.nodes.size(); ++id)
    if (!computed[id]) given.nodes.push_back(id);
  view.units.push_back(std::move(given));
  view.units.insert(view.units.end(), std::move_iterator(units.begin()),
                    std::move_iterator(units.end()));
  for (std::size_t i = 0; i < view.units.size(); ++i)
    for (const NodeId node : view.units[i].nodes) view.nodes[node].unit = i;
  return view;
}

std::vector<GraphLine> graph_lines(const GraphView& view, const GraphFilter& filter) {
  std::vector<GraphLine> lines;
  for (std::size_t unit = 0; unit < view.units.size(); ++unit) {
    const std::size_t before = lines.size();
    const bool folded = unit == 0 && !filter.given && filter.text.empty();
    for (const std::uint32_t node : view.units[unit].nodes) {
      if (!shown(view.nodes[node], node, filter)) continue;
      if (lines.size() == before) lines.push_back({unit, -1});
      if (folded) break;
      lines.push_back({unit, node});
    }
  }
  return lines;
}

std::string_view name_of(Pass pass) {
  return pass == Pass::forward ? "forward" : pass == Pass::backward ? "backward" : "update";
}

}  // namespace lemnos::viewer
