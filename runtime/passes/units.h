// SPDX-License-Identifier: Apache-2.0
// Fusion: which nodes are computed together.
//
// The graph itself is not rewritten. A unit is a set of nodes that one lowering computes: a single
// node; a matmul or convolution with the bias, activation or mask that follow it; or a chain of
// pointwise nodes that becomes one generated kernel. Values that stay inside a unit never reach
// memory.
#pragma once

#include <vector>

#include "runtime/graph/graph.h"

namespace lemnos {

struct Unit {
  std::vector<NodeId> nodes;    // ascending
  std::vector<NodeId> inputs;   // distinct values from outside, in the order they are first read
  std::vector<NodeId> results;  // those of `nodes` that something outside reads, ascending
};

struct FusionOptions {
  bool epilogues = true;
  bool pointwise = true;
  std::uint32_t max_bindings = 8;  // inputs and results of one generated kernel
  // The sum of OpDef::compile_cost in one generated kernel: what drivers take to compile one grows
  // faster than its length. Updates of optimizers have under 20, a recurrent cell about 30.
  std::uint32_t max_cost = 48;
};

// Units in an order in which they can run. Leaves, views and packs belong to none. A fill is in a
// unit only where something other than a generated kernel reads it: those take it as a literal.
std::vector<Unit> make_units(const Graph& graph, const FusionOptions& options);

// Whether a node can be part of a generated kernel: pointwise, f32 out, an expression to write.
bool is_generated(const Graph& graph, NodeId id);

// The node whose memory a value lies in (views followed), and where: offset in elements.
struct Base {
  NodeId node = 0;
  std::int64_t offset = 0;
};
Base base_of(const Graph& graph, NodeId id);

}  // namespace lemnos
