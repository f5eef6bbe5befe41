// SPDX-License-Identifier: Apache-2.0
// Rewrites a graph into a smaller one with the same meaning.
#pragma once

#include "runtime/graph/graph.h"

namespace lemnos {

// Constant folding (pointwise ops on literals, x + 0, x * 1), common subexpressions, views of
// views, dead code. Ops with effects (OpDef::mutates) are kept and never merged.
Graph simplify(const Graph& graph);

}  // namespace lemnos
