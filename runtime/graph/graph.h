// SPDX-License-Identifier: Apache-2.0
// A recorded computation: nodes in an order in which they can be computed.
//
// Every node has one value; an op with several results gives a flat one and views of it. State is
// read through leaves and changed only by `assigns`, which take effect as if at the end of the
// step, whatever memory the plan gives the values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/graph/op_def.h"
#include "runtime/tensor/storage.h"

namespace lemnos {

// What a node is recorded for.
enum class Pass : std::uint8_t { forward, backward, update };

struct Node {
  const OpDef* op = nullptr;
  std::vector<NodeId> inputs;  // all smaller than the node's own id
  Attrs attrs;
  TensorType type;
  std::source_location at;
  std::uint32_t phase = 0;  // see Trace::begin_phase
  Pass pass = Pass::forward;
};

struct Graph {
  struct Input {
    std::string name;
    TensorType type;
  };
  struct Assign {
    std::uint32_t storage = 0;  // index in `storages`
    NodeId value = 0;           // as many elements as the storage
  };

  std::vector<Node> nodes;
  std::vector<Input> inputs;
  std::vector<std::shared_ptr<Storage>> storages;
  std::vector<Assign> assigns;
  std::vector<NodeId> outputs;

  const Node& operator[](NodeId id) const { return nodes[id]; }
  NodeId append(Node node);
};

// The node as its op's functions want to see it.
Problem problem_of(const Graph& graph, const Node& node);

// What OpDef::flops says; without it one for each element that a pointwise op computes, and 0,
// which stands for unknown too, for all others.
double flops_of(const Problem& problem);

// What the op's shape rule says, if its kernels can read such operands at all.
TensorType result_type(const Problem& problem);

// ---- the ops that only stand for memory; runtime's own
// -------------------------------------------

struct LeafAttrs {
  std::uint32_t index = 0;  // in Graph::inputs or Graph::storages
};
struct ViewAttrs {
  ShapeAttrs shape;
  std::int64_t offset = 0;  // elements
};

extern const OpDef input_op;    // LeafAttrs
extern const OpDef storage_op;  // LeafAttrs; the whole storage, flat
extern const OpDef view_op;     // ViewAttrs; input 0's elements from `offset` on, reshaped
extern const OpDef detach_op;   // the same, but no gradient passes
extern const OpDef again_op;    // the same, but what is made of it is not merged with its like
extern const OpDef
    pack_op;  // flat: each input starts at a multiple of state_alignment, zeros between

// Elements before value i in a pack (or in the flat value of an op with several results), and of
// the whole pack (i == the number of values).
std::int64_t pack_offset(std::span<const TensorType> values, std::size_t i);

// The type of a node with several results.
TensorType flat_type(std::span<const TensorType> parts);

// Fails, naming the node, unless the graph is well formed: inputs come first, types are what the
// ops' own shape rules say, leaves and assigns point at what exists.
void verify(const Graph& graph);

// One line a node: "%7 = matmul(%3, %5) [128, 512] f32   train_digits.cpp:31".
std::string print(const Graph& graph);

}  // namespace lemnos
