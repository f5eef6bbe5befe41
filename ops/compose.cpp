// SPDX-License-Identifier: Apache-2.0
#include "ops/compose.h"

namespace lemnos {
namespace {

// Whole texels: what a kernel may touch of the last element's neighbours.
std::uint64_t bytes_of(const TensorType& type) {
  const auto bytes = static_cast<std::uint64_t>(type.shape.elements()) * size_of(type.dtype);
  return (bytes + 15) / 16 * 16;
}

// `inner`, a binding of a value that lies at `outer`.
Binding moved(const Binding& inner, const Binding& outer) {
  Binding binding = outer;
  binding.offset += inner.offset;
  binding.bytes = inner.bytes != 0 ? inner.bytes : outer.bytes - inner.offset;
  binding.scalars = inner.scalars;
  return binding;
}

}  // namespace

Placed part_of(const Binding& whole, std::int64_t first, TensorType type) {
  Binding binding = whole;
  binding.offset += static_cast<std::uint64_t>(first) * size_of(type.dtype);
  binding.bytes = bytes_of(type);
  return {type, binding};
}

Placed add_scratch(Lowering& lowering, TensorType type) {
  lowering.scratch_bytes.push_back(bytes_of(type));
  const auto index = static_cast<std::uint32_t>(lowering.scratch_bytes.size() - 1);
  return {type, scratch(index, 0, bytes_of(type))};
}

void append_op(Lowering& lowering, const OpDef& op, const Attrs& attrs,
               std::span<const Placed> operands, const Placed& result, const gpu::Caps& caps) {
  Problem problem{.op = &op, .inputs = {}, .attrs = attrs, .result = result.type, .at = {}};
  for (const Placed& operand : operands) problem.inputs.push_back(operand.type);
  check(op.shape(problem) == result.type, "{} gives no {}", op.name, result.type.shape);
  if (op.fits != nullptr)
    if (const char* reason = op.fits(problem, caps)) problem.fail("{}", reason);

  Lowering added = op.lower(problem, caps);
  const auto first_scratch = static_cast<std::uint32_t>(lowering.scratch_bytes.size());
  for (const std::uint64_t bytes : added.scratch_bytes) lowering.scratch_bytes.push_back(bytes);
  for (Dispatch& dispatch : added.dispatches) {
    for (Binding& binding : dispatch.bindings) {
      if (binding.kind == Binding::Kind::scratch)
        binding.index += first_scratch;
      else if (binding.kind == Binding::Kind::result)
        binding = moved(binding, result.where);
      else
        binding = moved(binding, operands[binding.index].where);
    }
    lowering.dispatches.push_back(std::move(dispatch));
  }
}

}  // namespace lemnos
