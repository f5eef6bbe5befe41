// SPDX-License-Identifier: Apache-2.0
// Moving elements without changing them; any element type. Axes may be negative: -1 is the last.
// Errors name the op, the shapes and the caller's line.
#pragma once

#include <initializer_list>
#include <span>

#include "runtime/tensor/tensor.h"

namespace lemnos {

// The same elements in the same order under another shape; one size may be -1: what is left. Free:
// it names the same memory.
Tensor reshape(const Operand& x, std::initializer_list<std::int64_t> sizes);
Tensor reshape(const Operand& x, const Shape& shape);

// The same values, through which no gradient passes. Free.
Tensor detach(const Operand& x);

// [N, ...] -> [N, the product of the rest]: axes before `start` stay.
Tensor flatten(const Operand& x, int start = 1);

// Axis i of the result is axis permutation[i] of x.
Tensor transpose(const Operand& x, std::initializer_list<int> permutation);
Tensor transpose(const Operand& x, std::span<const int> permutation);
Tensor transpose(const Operand& x);  // swaps the last two axes

// Elements begin <= i < end along one axis. Negative begin and end count from the axis's size.
Tensor slice(const Operand& x, int axis, std::int64_t begin, std::int64_t end);

// The operands one after the other along an axis; all other sizes are equal. Not for u8.
Tensor concat(std::span<const Operand> parts, int axis);
Tensor concat(std::initializer_list<Operand> parts, int axis);

// The operands, all of one shape, along a new axis. Not for u8.
Tensor stack(std::initializer_list<Operand> parts, int axis);

// Zeros around x: before[i] and after[i] of them along axis i. Not for u8.
Tensor pad(const Operand& x, std::span<const std::int64_t> before,
           std::span<const std::int64_t> after);
Tensor pad(const Operand& x, std::initializer_list<std::int64_t> before,
           std::initializer_list<std::int64_t> after);

// x repeated to `shape`, as NumPy broadcasts.
Tensor broadcast_to(const Operand& x, const Shape& shape);

}  // namespace lemnos
