// SPDX-License-Identifier: Apache-2.0
// Lowering an op as a sequence of others: their dispatches, on parts of its operands, of its result
// and of scratch memory.
#pragma once

#include <span>

#include "runtime/graph/op_def.h"

namespace lemnos {

extern const OpDef matmul_op;  // attributes: MatmulOptions

// A value inside such a sequence: what it is, and where it lies. The binding's size is the value's.
struct Placed {
  TensorType type;
  Binding where;
};

// The elements from `first` on of `whole`, as a value of their own. A binding begins at a multiple
// of 256 bytes: so must they.
Placed part_of(const Binding& whole, std::int64_t first, TensorType type);

// Scratch memory for one more value.
Placed add_scratch(Lowering& lowering, TensorType type);

// Appends the dispatches of an op, as if it were recorded on `operands`, that write `result`.
void append_op(Lowering& lowering, const OpDef& op, const Attrs& attrs,
               std::span<const Placed> operands, const Placed& result, const gpu::Caps& caps);

}  // namespace lemnos
