// SPDX-License-Identifier: Apache-2.0
// The end of a step. Recorded by the trainer, not by models.
#pragma once

#include <cstdint>

#include "runtime/graph/op_def.h"
#include "runtime/tensor/tensor.h"

namespace lemnos {

// Steps that the ring remembers; step s is in slot s % ring_slots.
constexpr std::int64_t ring_slots = 1024;

// Words of a slot: step low, step high, then the bits of the observed scalars.
constexpr std::int64_t ring_width(std::int64_t scalars) { return scalars + 2; }

struct AdvanceAttrs {
  std::uint32_t count = 0;  // scalars observed
};

// ring: u32 [ring_slots * ring_width(count)], written in place; clock: counts one step and one
// batch; observed: a pack of f32 scalars, so scalar i is element i * state_alignment. The result is
// the ring.
Tensor advance(const Operand& ring, const Operand& clock, const Operand& observed);
extern const OpDef advance_op;  // AdvanceAttrs

}  // namespace lemnos
