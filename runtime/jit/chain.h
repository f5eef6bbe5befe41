// SPDX-License-Identifier: Apache-2.0
// Pointwise chains as one kernel: GLSL written from the ops' own expressions, compiled at run time.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/graph/graph.h"
#include "runtime/passes/units.h"

namespace lemnos {

// What the names of all such kernels begin with.
constexpr std::string_view chain_prefix = "fused_";

// The unit's nodes satisfy is_generated(). nullopt, with a warning, where no kernel can be made:
// the caller runs the ops one by one, and counts it. trace >= 4 logs the text.
std::optional<Lowering> lower_chain(const Graph& graph, const Unit& unit, const gpu::Caps& caps);

// What a binding of such values tells its kernel.
inline gpu::Stored stored_as(DType type) {
  return type == DType::f16    ? gpu::Stored::f16
         : type == DType::bf16 ? gpu::Stored::bf16
                               : gpu::Stored::f32;
}

}  // namespace lemnos
