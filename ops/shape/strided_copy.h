// SPDX-License-Identifier: Apache-2.0
// The one kernel behind the shape ops: elements copied from one layout to another.
#pragma once

#include "ops/layout.h"

namespace lemnos {

// Row-major strides of a tensor, from an element on.
Walk row_major(const TensorType& type, std::int64_t offset = 0);

// A grid of elements: walks[0] reads operand `operand`, walks[1] writes the result.
void append_copy(Lowering& lowering, const Layout& layout, std::uint32_t operand,
                 const gpu::Caps& caps);
// Zeros in the whole result.
void append_zeros(Lowering& lowering, const Problem& problem, const gpu::Caps& caps);

void copy_reference(const Layout& layout, const Values& in, Values& out);

// The reason, if the layout's elements are u8 and have to be split; see strided_copy.comp.
const char* copy_fits(const Layout& layout, const gpu::Caps& caps);

// The functions of an op that is one copy, given its layout.
template <Layout (*layout)(const Problem&)>
Lowering lower_copy(const Problem& problem, const gpu::Caps& caps) {
  Lowering lowering;
  append_copy(lowering, layout(problem), 0, caps);
  return lowering;
}
template <Layout (*layout)(const Problem&)>
const char* fits_copy(const Problem& problem, const gpu::Caps& caps) {
  return copy_fits(layout(problem), caps);
}
template <Layout (*layout)(const Problem&)>
void reference_copy(const Problem& problem, std::span<const Values> in, Values& out) {
  copy_reference(layout(problem), in[0], out);
}

}  // namespace lemnos
