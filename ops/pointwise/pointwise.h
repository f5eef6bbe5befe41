// SPDX-License-Identifier: Apache-2.0
// Element by element. Operands are f32 tensors or numbers and broadcast as NumPy's do: shapes are
// aligned at the last axis, and a size of 1 repeats. Integers must be cast first. A NaN operand
// gives a NaN result, except in comparisons and in the choice not taken by select.
//
// Errors: shapes that do not broadcast, operands that are not f32; both name the caller's line.
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

// ---- arithmetic --------------------------------------------------------------------------------

Tensor add(const Operand& a, const Operand& b);
Tensor sub(const Operand& a, const Operand& b);
Tensor mul(const Operand& a, const Operand& b);
Tensor div(const Operand& a, const Operand& b);
Tensor pow(const Operand& a, const Operand& b);      // NaN for a < 0 unless b is whole
Tensor minimum(const Operand& a, const Operand& b);  // gradient: half to each where equal
Tensor maximum(const Operand& a, const Operand& b);  // gradient: half to each where equal
Tensor clamp(const Operand& x, const Operand& low, const Operand& high);  // min(max(x, low), high)
Tensor neg(const Operand& x);
Tensor abs(const Operand& x);         // gradient 0 at 0
Tensor sign(const Operand& x);        // -1, 0 or 1; gradient 0
Tensor floor(const Operand& x);       // largest whole number <= x; gradient 0
Tensor square(const Operand& x);      // x * x
Tensor reciprocal(const Operand& x);  // 1 / x
Tensor sqrt(const Operand& x);
Tensor rsqrt(const Operand& x);  // 1 / sqrt(x)

inline Tensor operator+(const Operand& a, const Operand& b) { return add(a, b); }
inline Tensor operator-(const Operand& a, const Operand& b) { return sub(a, b); }
inline Tensor operator*(const Operand& a, const Operand& b) { return mul(a, b); }
inline Tensor operator/(const Operand& a, const Operand& b) { return div(a, b); }
inline Tensor operator-(const Operand& x) { return neg(x); }

// ---- functions ---------------------------------------------------------------------------------

Tensor exp(const Operand& x);
Tensor expm1(const Operand& x);  // exp(x) - 1, accurate near 0
Tensor log(const Operand& x);    // natural
Tensor log1p(const Operand& x);  // log(1 + x), accurate near 0
Tensor sin(const Operand& x);    // radians; accurate for |x| <= 10,000
Tensor cos(const Operand& x);    // radians; accurate for |x| <= 10,000
Tensor tanh(const Operand& x);
Tensor erf(const Operand& x);

// ---- activations -------------------------------------------------------------------------------

Tensor relu(const Operand& x);                              // max(x, 0); gradient 0 at 0
Tensor relu_grad(const Operand& dy, const Operand& y);      // y > 0 ? dy : 0; none through y
Tensor leaky_relu(const Operand& x, const Operand& slope);  // x > 0 ? x : slope * x
Tensor elu(const Operand& x);                               // x > 0 ? x : exp(x) - 1
Tensor sigmoid(const Operand& x);                           // 1 / (1 + exp(-x))
Tensor softplus(const Operand& x);                          // log(1 + exp(x))
Tensor silu(const Operand& x);                              // x * sigmoid(x), also called swish
Tensor gelu(const Operand& x);                              // x * (1 + erf(x / sqrt 2)) / 2

// ---- comparisons: 1 where true, 0 where false; no gradient -------------------------------------

Tensor equal(const Operand& a, const Operand& b);
Tensor not_equal(const Operand& a, const Operand& b);
Tensor less(const Operand& a, const Operand& b);
Tensor less_equal(const Operand& a, const Operand& b);
Tensor greater(const Operand& a, const Operand& b);
Tensor greater_equal(const Operand& a, const Operand& b);
Tensor isfinite(const Operand& x);  // neither infinite nor NaN

// condition != 0 ? a : b. The branch not taken may be NaN or infinite, and has gradient 0.
Tensor select(const Operand& condition, const Operand& a, const Operand& b);

// ---- element types and constants ---------------------------------------------------------------

// To an integer type: towards zero, clamped to what the type holds, NaN to 0. From i32 or u32 to
// f32: rounded beyond 2^24. Between integer types: clamped. Only f32 to f32 has a gradient.
Tensor cast(const Operand& x, DType to);

// f32, `value` everywhere.
Tensor fill(const Shape& shape, double value);

// The same values in memory of their own.
Tensor copy(const Operand& x);

}  // namespace lemnos
