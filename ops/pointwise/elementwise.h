// SPDX-License-Identifier: Apache-2.0
// What all pointwise ops share: the shape rule, and the plain kernel that runs one op unfused.
#pragma once

#include "runtime/graph/op_def.h"

namespace lemnos {

// The operands' common shape, as NumPy broadcasts; there are `arity`, all f32.
TensorType pointwise_shape(const Problem& problem, std::size_t arity);

// `row` is the op's number in shaders/pointwise/pointwise.comp: its line in table.inc.
Lowering pointwise_lower(const Problem& problem, const gpu::Caps& caps, std::uint32_t row);

}  // namespace lemnos
