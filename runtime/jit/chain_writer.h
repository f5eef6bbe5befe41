// SPDX-License-Identifier: Apache-2.0
// Writes the GLSL of a pointwise chain.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"
#include "runtime/jit/broadcast.h"
#include "runtime/passes/units.h"

namespace lemnos {

// One invocation computes vectors of four neighbouring elements of every result. Structure is in
// the text, sizes are not: chains that differ only in sizes share a shader.
class ChainWriter {
 public:
  ChainWriter(const Graph& graph, const Unit& unit, const gpu::Caps& caps);

  std::string text() const;
  // constant_id 0 is the workgroup size, 1 the vectors an invocation computes; these follow.
  const std::vector<std::uint32_t>& sizes() const { return sizes_; }

 private:
  bool is_texel(std::size_t input) const;
  void declare_bindings();
  void write_node(NodeId id);
  void write_gather(NodeId id);
  void write_stores();
  std::string operand(const Node& reader, NodeId input);
  std::string load(std::size_t input, const Broadcast& broadcast);
  std::string fetch_word(std::size_t input, const std::string& index) const;
  std::size_t place_of(NodeId input) const;  // among the unit's inputs
  std::string fetch_one(std::size_t input, const std::string& index) const;
  std::string fetch_four(std::size_t input, const std::string& index) const;
  std::string index_of(const Broadcast& broadcast, const std::string& flat);
  std::string size(std::int64_t value);  // a specialisation constant with this value

  const Graph& graph_;
  const Unit& unit_;
  const gpu::Caps& caps_;
  std::vector<std::uint32_t> sizes_;
  std::map<std::string, std::string> loads_;  // what is fetched -> the variable that holds it
  std::map<NodeId, std::string> values_;      // node of the unit -> variable
  std::string declarations_, before_loop_, body_;
};

}  // namespace lemnos
