// SPDX-License-Identifier: Apache-2.0
// Mixed precision: which values are stored as 16-bit floats (Micikevicius et al. 2017).
//
// Arithmetic stays f32. The operands of ops that want it (products, convolutions, attention) are
// rounded to `type`, and so are their results where whatever reads them can; every other reader
// that can then reads the rounded value too, so that the unrounded one need not be stored. States,
// what a graph returns, gradients of parameters, and whatever other ops give stay f32.
#pragma once

#include "runtime/graph/graph.h"

namespace lemnos {

// type: f16 or bf16. The graph has been simplified.
Graph place_casts(const Graph& graph, DType type);

}  // namespace lemnos
