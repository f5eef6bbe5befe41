// SPDX-License-Identifier: Apache-2.0
// A step's graph as plain data: values, what computes them together, and in which order.
#pragma once

#include <string>
#include <vector>

#include "runtime/exec/plan.h"

namespace lemnos::viewer {

struct GraphNode {
  std::string op, type, line;  // "matmul", "[128, 512] f32", "train_digits.cpp:31"
  std::string name;            // of an input or state
  std::vector<std::uint32_t> inputs, readers;
  std::size_t unit = 0;  // of GraphView::units
  Pass pass = Pass::forward;
};

// Nodes that one lowering computes; first those that nothing computes: inputs, states, views.
struct GraphUnit {
  std::string title;  // "matmul+add+relu"
  std::vector<std::uint32_t> nodes;
  std::vector<std::uint32_t> dispatches;  // of Plan::dispatches
  std::uint32_t first_wave = 0, last_wave = 0;
  Pass pass = Pass::forward;
};

struct GraphView {
  std::vector<GraphNode> nodes;  // by id
  std::vector<GraphUnit> units;  // in the order they run
};
GraphView graph_view(const Plan& plan);

// Lines of an outline: a unit's title, then its nodes.
struct GraphLine {
  std::size_t unit = 0;
  std::int64_t node = -1;  // -1: the unit itself
};
struct GraphFilter {
  std::string text;  // in an op, a name, a line of source, a shape, or %id; whatever the case
  bool forward = true, backward = true, update = true;
  bool given = false;  // also each node that nothing computes, of which there are many
};
// Nodes that nothing computes are below their title where they are asked for, or searched.
std::vector<GraphLine> graph_lines(const GraphView& view, const GraphFilter& filter);

std::string_view name_of(Pass pass);

}  // namespace lemnos::viewer
