// SPDX-License-Identifier: Apache-2.0
// Where a token stands: rotary and sinusoidal positions. Tables are made on the host in double and
// rounded once, so angles of any size are exact to the last bit; they are constants of the
// functions that use them. Learned positions are an embedding.
#pragma once

#include <cstdint>

#include "runtime/tensor/tensor.h"

namespace lemnos {

// [length, width] f32: row p holds cos(p a_i), then sin(p a_i), with a_i = base^(-2i / width),
// i < width / 2. Make it once and share it. Wrong usage: an odd width.
Tensor rotary_table(std::int64_t length, std::int64_t width, double base = 10000);

struct RotaryOptions {
  std::int64_t offset = 0;  // position of the first token
  Tensor positions = {};    // instead: u32 or i32 [T], or [B, T] for x [B, ..., T, D]
};

// Rotates pairs of x [..., T, D] by the angles of their position's row of the table [length, D]
// (Su et al. 2021, RoFormer). Element i is paired with i + D / 2, the half-split form of Llama, not
// with its neighbour: y_i = x_i cos - x_(i + D/2) sin, y_(i + D/2) = x_(i + D/2) cos + x_i sin. A
// position beyond the table gives NaN. Gradient: the rotation back.
Tensor rotary(const Operand& x, const Operand& table, RotaryOptions options = {});

// [length, width] f32: sin(p a_i) at 2i, cos(p a_i) at 2i + 1 (Vaswani et al. 2017). Wrong usage:
// an odd width.
Tensor sinusoidal_positions(std::int64_t length, std::int64_t width, double base = 10000);

}  // namespace lemnos
