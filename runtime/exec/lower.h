// SPDX-License-Identifier: Apache-2.0
// Units turned into dispatches, each checked against what the device can do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/exec/options.h"
#include "runtime/graph/graph.h"
#include "runtime/passes/units.h"

namespace lemnos {

// A unit's dispatches, with the values their bindings mean.
struct Lowered {
  std::vector<NodeId> operands;  // Binding::input(i) is operands[i]
  std::vector<NodeId> results;   // Binding::result(i)
  Lowering lowering;
  std::string label;
  const OpDef* op = nullptr;  // of the unit's first node
  std::uint32_t phase = 0;    // of its last, see Trace::begin_phase
};

// generate: pointwise units become generated kernels. Of the options, the rung of the ladder to
// begin with and the choices matter. nullopt where such a kernel cannot be made.
std::optional<Lowered> lower(const Graph& graph, const Unit& unit, const gpu::Caps& caps,
                             bool generate, const ExecOptions& options);

// The dispatches that copy a value into other memory of the same size.
Lowering lower_copy(const TensorType& type, const gpu::Caps& caps);

}  // namespace lemnos
