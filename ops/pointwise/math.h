// SPDX-License-Identifier: Apache-2.0
// The functions that table.inc calls, in double. shaders/common/math.glsl holds the same names.
#pragma once

#include <cmath>

namespace lemnos::reference {

using std::abs;
using std::floor;
using std::sqrt;

inline double math_equal(double a, double b) { return a == b ? 1 : 0; }
inline double math_greater(double a, double b) { return a > b ? 1 : 0; }
inline double math_greater_equal(double a, double b) { return a >= b ? 1 : 0; }
inline double math_isfinite(double a) { return std::isfinite(a) ? 1 : 0; }
inline double math_select(double condition, double a, double b) { return condition != 0 ? a : b; }

// NaN if either is, unlike std::min and std::max.
inline double math_min(double a, double b) { return a < b || std::isnan(a) ? a : b; }
inline double math_max(double a, double b) { return a > b || std::isnan(a) ? a : b; }
inline double math_sign(double a) { return a > 0 ? 1 : a < 0 ? -1 : a; }

inline double math_exp(double a) { return std::exp(a); }
inline double math_expm1(double a) { return std::expm1(a); }
inline double math_log(double a) { return std::log(a); }
inline double math_log1p(double a) { return std::log1p(a); }
inline double math_pow(double a, double b) { return std::pow(a, b); }
inline double math_sin(double a) { return std::sin(a); }
inline double math_cos(double a) { return std::cos(a); }
inline double math_tanh(double a) { return std::tanh(a); }
inline double math_erf(double a) { return std::erf(a); }

inline double math_relu(double a) { return a < 0 ? 0 : a; }
inline double math_relu_grad(double g, double y) { return y > 0 ? g : 0; }
inline double math_leaky_relu(double a, double slope) { return a > 0 ? a : a * slope; }
inline double math_elu(double a) { return a > 0 ? a : std::expm1(a); }
inline double math_sigmoid(double a) { return 1 / (1 + std::exp(-a)); }
inline double math_softplus(double a) {
  return math_max(a, 0) + std::log1p(std::exp(-std::abs(a)));
}

}  // namespace lemnos::reference
