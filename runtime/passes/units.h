// SPDX-License-Identifier: Apache-2.0
// Fusion: which nodes are computed together.
//
// The graph itself is not rewritten. A unit is a set of nodes that one lowering computes: a single
// node; a matmul or convolution with the bias, activation or mask that follow it; a node with
// another that its kernel gives on the way; or a chain of pointwise nodes that becomes one
// generated kernel. Values that stay inside a unit never reach memory.
#pragma once

#include <vector>

#include "runtime/graph/graph.h"

namespace lemnos {

struct Unit {
  std::vector<NodeId> nodes;    // ascending
  std::vector<NodeId> inputs;   // distinct values from outside, in the order they are first read
  std::vector<NodeId> results;  // those of `nodes` that something outside reads, ascending
  // Of `nodes`, the one whose value the kernel of the others gives on the way (OpDef::gives).
  NodeId companion = no_node;
  static constexpr NodeId no_node = ~NodeId{0};
};

struct FusionOptions {
  bool epilogues = true;
  bool companions = true;
  bool pointwise = true;
  std::uint64_t max_table_bytes = ~0ull;  // of what a generated kernel gathers rows from
  std::uint32_t max_bindings = 8;         // inputs and results of one generated kernel
  // The sum of OpDef::compile_cost in one generated kernel: what drivers take to compile one grows
  // faster than its length. Updates of optimizers have under 20, a recurrent cell about 30.
  std::uint32_t max_cost = 48;
};

// Units in an order in which they can run. Leaves, views and packs belong to none. A fill is in a
// unit only where something other than a generated kernel reads it: those take it as a literal.
std::vector<Unit> make_units(const Graph& graph, const FusionOptions& options);

// Whether a node can be part of a generated kernel: pointwise, f32 out, an expression to write.
bool is_generated(const Graph& graph, NodeId id);

// Whether a generated kernel can read the node's rows where they come from (OpDef::rows): vectors
// of four elements then lie in one row.
bool is_gather(const Graph& graph, NodeId id);

// Whether the unit is to be one generated kernel.
bool is_chain(const Graph& graph, const Unit& unit);

// The node whose memory a value lies in (views followed), and where: offset in elements.
struct Base {
  NodeId node = 0;
  std::int64_t offset = 0;
};
Base base_of(const Graph& graph, NodeId id);

}  // namespace lemnos
