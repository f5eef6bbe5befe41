// SPDX-License-Identifier: Apache-2.0
// shaders/common/math.glsl, compiled as C++: every function stays within the error it states, all
// over f32, and treats NaN, infinities and zeros as C's does.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#pragma GCC optimize("fp-contract=off")

namespace {

namespace glsl {

using uint = std::uint32_t;
uint floatBitsToUint(float x) { return __builtin_bit_cast(uint, x); }
int floatBitsToInt(float x) { return __builtin_bit_cast(int, x); }
float intBitsToFloat(int bits) { return __builtin_bit_cast(float, bits); }
float floor(float x) { return std::floor(x); }
float abs(float x) { return std::fabs(x); }
#define precise  // and not every function is tested here
#pragma GCC diagnostic ignored "-Wunused-function"
#include "shaders/common/math.glsl"
#undef precise

}  // namespace glsl

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double smallest_normal = 0x1p-126;

double ulp_of(double x) {
  int exponent = 0;
  std::frexp(x, &exponent);
  return std::ldexp(1.0, exponent - 24);
}

// In ulp; infinite where one is NaN or infinite and the other is not.
double error_of(float got, double expected) {
  if (std::isnan(expected)) return std::isnan(got) ? 0 : infinity;
  const float rounded = static_cast<float>(expected);
  if (std::isinf(got) || std::isinf(rounded))
    return got == rounded || std::abs(expected) > 3.4028e38 ? 0 : infinity;
  if (std::abs(expected) < smallest_normal) return std::abs(got - expected) > 2e-38 ? infinity : 0;
  return std::abs(got - expected) / ulp_of(rounded);
}

template <class Function, class Exact>
double worst_error(Function function, Exact exact, double limit = infinity) {
  constexpr std::uint64_t step = 1009;  // a prime: 4 million of the 4 thousand million
  double worst = 0;
  for (std::uint64_t bits = 0; bits <= 0xffffffff; bits += step) {
    const float x = glsl::intBitsToFloat(static_cast<int>(static_cast<std::uint32_t>(bits)));
    if (std::abs(x) > limit) continue;
    worst = std::max(worst, error_of(function(x), exact(static_cast<double>(x))));
  }
  const float special[] = {0.0f, -0.0f, 1.0f, -1.0f, INFINITY, -INFINITY, NAN, 0x1p-126f, 3.4e38f};
  for (const float x : special)
    if (!(std::abs(x) > limit)) worst = std::max(worst, error_of(function(x), exact(x)));
  return worst;
}

double exact_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double exact_softplus(double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x))); }

}  // namespace

TEST_CASE("math.glsl: exponentials and logarithms stay within their bounds") {
  CHECK(worst_error(glsl::math_exp, [](double x) { return std::exp(x); }) < 1);
  CHECK(worst_error(glsl::math_expm1, [](double x) { return std::expm1(x); }) < 1.5);
  CHECK(worst_error(glsl::math_log, [](double x) { return std::log(x); }) < 1);
  CHECK(worst_error(glsl::math_log1p, [](double x) { return std::log1p(x); }) < 2.5);
}

TEST_CASE("math.glsl: sine and cosine stay within their bounds up to 10,000") {
  CHECK(worst_error(
            glsl::math_sin, [](double x) { return std::sin(x); }, 1e4) < 2.5);
  CHECK(worst_error(
            glsl::math_cos, [](double x) { return std::cos(x); }, 1e4) < 2.5);
}

TEST_CASE("math.glsl: sigmoids stay within their bounds") {
  CHECK(worst_error(glsl::math_tanh, [](double x) { return std::tanh(x); }) < 3);
  CHECK(worst_error(glsl::math_erf, [](double x) { return std::erf(x); }) < 2);
  CHECK(worst_error(glsl::math_sigmoid, exact_sigmoid) < 2.5);
  CHECK(worst_error(glsl::math_softplus,
                    [](double x) { return std::isnan(x) ? x : exact_softplus(x); }) < 3);
}

TEST_CASE("math.glsl: pow stays within its bound and has the special cases of C") {
  for (const float y : {2.0f, 0.5f, -1.0f, 3.0f, -13.7f, 0.01f, 50.0f, 1000.0f, 0.0f, INFINITY}) {
    CAPTURE(y);
    CHECK(worst_error([y](float x) { return glsl::math_pow(x, y); },
                      [y](double x) { return std::pow(x, y); }) < 2);
  }
  for (const float x : {2.0f, 0.99f, 1e-40f, 0.0f, -0.0f, -2.0f, -1.0f, INFINITY, -INFINITY}) {
    CAPTURE(x);
    CHECK(worst_error([x](float y) { return glsl::math_pow(x, y); },
                      [x](double y) { return std::pow(x, y); }) < 2);
  }
}
