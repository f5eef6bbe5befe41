// SPDX-License-Identifier: Apache-2.0
// Elementary functions in f32, for float and vec4. GLSL's own may err by 2^-11 (sin, cos) or many
// ulp (exp, pow), and say nothing of NaN. Here all pass NaN on, handle infinities, and state their
// largest error, measured with exact division and square root, plus what Vulkan's looser division
// (2.5 ulp) adds. Subnormal results may be flushed to zero. Results are `precise`: neither
// contracted nor reordered, so every device and every fusion agrees. Coefficients are weighted
// least squares. What `? :` chooses from are names and numbers: expressions there become branches,
// see the driver notes. The scalar part is also C++: a test compiles it and measures the bounds.

bool math_is_nan(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }
float math_isfinite(float x) {
  return (floatBitsToUint(x) & 0x7f800000u) != 0x7f800000u ? 1.0f : 0.0f;
}
float math_equal(float a, float b) { return a == b ? 1.0f : 0.0f; }
float math_greater(float a, float b) { return a > b ? 1.0f : 0.0f; }
float math_greater_equal(float a, float b) { return a >= b ? 1.0f : 0.0f; }
float math_select(float condition, float a, float b) { return condition != 0.0f ? a : b; }
float math_min(float a, float b) { return a < b || math_is_nan(a) ? a : b; }
float math_max(float a, float b) { return a > b || math_is_nan(a) ? a : b; }
float math_sign(float x) { float y = x < 0.0f ? -1.0f : x; return x > 0.0f ? 1.0f : y; }
float math_relu(float x) { return x < 0.0f ? 0.0f : x; }
float math_relu_grad(float g, float y) { return y > 0.0f ? g : 0.0f; }
float math_leaky_relu(float x, float k) { precise float y = k * x; return x > 0.0f ? x : y; }

// ---- exponentials ------------------------------------------------------------------------------

// 2^n for -126 <= n <= 127.
float math_exp2i(int n) { return intBitsToFloat((n + 127) << 23); }

// The whole n nearest to x / ln 2, and it as an integer, both by adding 1.5 2^23: Mesa's lavapipe
// takes much longer for floor() and int(). What is left, x - n ln 2, is at most 0.35 in size.
float math_exponent(float x) {
  precise float n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;
  return n;
}
int math_whole(float n) { return floatBitsToInt(n + 12582912.0f) - 0x4b400000; }
float math_remainder(float x, float n) {
  precise float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  return r;
}

// exp(r) - 1 for |r| <= 0.35.
float math_expm1_core(float r) {
  precise float y =
      r + r * r * (0.5f + r * (0.166666672f + r * (0.0416663438f + r * (0.0083332723f +
          r * (0.0013942048f + r * 0.000199148883f)))));
  return y;
}

// exp(x + low) for a `low` of at most an ulp of x.
float math_exp_sum(float x, float low) {
  float capped = x > 89.0f ? 89.0f : x, bounded = capped < -104.0f ? -104.0f : capped;
  float n = math_exponent(bounded);
  int whole = math_whole(n), half_n = whole >> 1;
  precise float r = math_remainder(bounded, n) + low;
  precise float y = (1.0f + math_expm1_core(r)) * math_exp2i(half_n) * math_exp2i(whole - half_n);
  return y;
}

// 1 ulp.
float math_exp(float x) { return math_exp_sum(x, 0.0f); }

// 1.5 ulp.
float math_expm1(float x) {
  float capped = x > 89.0f ? 89.0f : x, bounded = capped < -25.0f ? -25.0f : capped;
  float n = math_exponent(bounded);
  float half_scale = math_exp2i(math_whole(n - 1.0f));
  precise float y =
      2.0f * (half_scale * math_expm1_core(math_remainder(bounded, n)) + (half_scale - 0.5f));
  return y;
}
float math_elu(float x) { return x > 0.0f ? x : math_expm1(x); }

// ---- logarithms --------------------------------------------------------------------------------

// The exponent k of a normal x > 0 = 2^k m, with m from sqrt(1/2) to sqrt(2).
int math_log_exponent(float x) { return (floatBitsToInt(x) - 0x3f3504f3) >> 23; }
float math_log_mantissa(float x, int k) { return intBitsToFloat(floatBitsToInt(x) - (k << 23)); }

// log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), with s = f / (2 + f): the tail of 2 atanh(s).
// The result is k ln 2 + log(1 + f) + low.
float math_log_core(float k, float f, float low) {
  precise float s = f / (2.0f + f), z = s * s;
  precise float tail = z * (0.666666667f + z * (0.4f + z * (0.285714286f + z * 0.222222222f)));
  precise float square = 0.5f * f * f;
  precise float y = k * 0.693138123f - ((square - (s * (square + tail) +
                    (k * 9.05800061e-6f + low))) - f);
  return y;
}

// What log(x) is where x is not a positive finite number; x itself for infinity and NaN.
float math_log_special(float x) {
  return x == 0.0f ? intBitsToFloat(int(0xff800000u)) : x < 0.0f ? intBitsToFloat(0x7fc00000) : x;
}

// 1 ulp.
float math_log(float x) {
  if (!(x > 0.0f) || math_isfinite(x) == 0.0f) return math_log_special(x);
  bool tiny = x < 1.17549435e-38f;
  float scaled = x * 8388608.0f, normal = tiny ? scaled : x;
  int k = math_log_exponent(normal), k_scaled = k - 23;
  return math_log_core(float(tiny ? k_scaled : k), math_log_mantissa(normal, k) - 1.0f, 0.0f);
}

// 2.5 ulp.
float math_log1p(float x) {
  if (x > -0.29f && x < 0.41f) return math_log_core(0.0f, x, 0.0f);
  precise float u = 1.0f + x;
  if (!(u > 0.0f) || math_isfinite(u) == 0.0f) return math_log_special(u);
  int k = math_log_exponent(u);
  precise float of_one = 1.0f - (u - x), of_x = x - (u - 1.0f);
  precise float lost = (k > 0 ? of_one : of_x) / u;  // of x, in rounding u
  return math_log_core(float(k), math_log_mantissa(u, k) - 1.0f, lost);
}

// ---- powers ------------------------------------------------------------------------------------

// a * b = the result + low exactly, by Veltkamp's split and Dekker's product.
float math_product_low(float a, float b, float product) {
  precise float a_scaled = a * 4097.0f, b_scaled = b * 4097.0f;
  precise float a_high = a_scaled - (a_scaled - a), b_high = b_scaled - (b_scaled - b);
  precise float a_low = a - a_high, b_low = b - b_high;
  precise float low =
      ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
  return low;
}

// x^y for finite x > 0: exp(y log x), with log x in two floats, as 2 atanh((m - 1) / (m + 1)).
float math_pow_positive(float x, float y) {
  bool tiny = x < 1.17549435e-38f;
  float scaled = x * 8388608.0f, normal = tiny ? scaled : x;
  int exponent = math_log_exponent(normal), exponent_scaled = exponent - 23;
  float m = math_log_mantissa(normal, exponent);
  float k = float(tiny ? exponent_scaled : exponent);

  precise float f = m - 1.0f, d = m + 1.0f, d_low = m - (d - 1.0f);
  precise float s = f / d;
  precise float product = s * d;
  precise float s_low = ((f - product) - math_product_low(s, d, product) - s * d_low) / d;
  precise float z = s * s, tail = s * z * (0.666666667f + z * (0.4f + z * (0.285714286f +
                       z * (0.222222222f + z * 0.181818182f))));
  // k ln 2 + 2 s, exactly rounded in two parts: k * 0.693359375 is exact.
  precise float base = k * 0.693359375f;
  precise float sum = base + 2.0f * s;
  precise float rounded_off = 2.0f * s - (sum - base), sum_low = k == 0.0f ? 0.0f : rounded_off;
  precise float low = sum_low + ((2.0f * s_low + k * -2.12194440e-4f) + tail);
  precise float log_high = sum + low;
  precise float log_low = low - (log_high - sum);

  precise float t = y * log_high;  // may be far beyond what exp holds, and the split overflow
  if (!(abs(t) < 200.0f) || abs(y) > 1e30f) return math_exp(t);
  precise float t_low = math_product_low(y, log_high, t) + y * log_low;
  return math_exp_sum(t, t_low);
}

// 2 ulp. Cases as in C's pow: pow(x, 0) = pow(1, y) = 1, NaN for x < 0 unless y is whole.
float math_pow(float x, float y) {
  if (y == 0.0f || x == 1.0f) return 1.0f;
  if (math_is_nan(x) || math_is_nan(y)) return x + y;
  float infinity = intBitsToFloat(0x7f800000);
  bool whole = floor(y) == y;
  bool negative = floatBitsToInt(x) < 0 && whole && floor(0.5f * y) * 2.0f != y;
  float size = abs(x);
  if (x < 0.0f && !whole && size != infinity) return intBitsToFloat(0x7fc00000);
  float magnitude = size == 1.0f ? 1.0f
                    : size == 0.0f || size == infinity
                        ? ((size == 0.0f) == (y > 0.0f) ? 0.0f : infinity)
                        : math_pow_positive(size, y);
  float minus = -magnitude;
  return negative ? minus : magnitude;
}

// ---- trigonometry ------------------------------------------------------------------------------

// sin(x + quadrants * pi / 2). pi / 2 is taken off in four parts, the first three of 11 bits, so
// that their products with up to 2^13 are exact: 2.5 ulp for |x| <= 10,000, worse beyond.
float math_sin_shifted(float x, float quadrants) {
  precise float n = floor(x * 0.636619772f + 0.5f);
  precise float r = (((x - n * 1.5703125f) - n * 4.837512969970703125e-4f) -
                     n * 7.54953362047672e-8f) - n * 2.56334407e-12f;
  precise float z = r * r;
  precise float sine = r + r * z * (-0.166666672f + z * (0.00833332911f +
                       z * (-0.000198392561f + z * 2.71756448e-6f)));
  precise float cosine = 1.0f - 0.5f * z +
      z * z * (0.0416666679f + z * (-0.00138888834f + z * (2.47994358e-5f - z * 2.7203302e-7f)));
  precise float turn = n + quadrants;
  int quadrant = int(turn - 4.0f * floor(turn * 0.25f));
  float y = (quadrant & 1) == 0 ? sine : cosine, minus_y = -y;
  return (quadrant & 2) == 0 ? y : minus_y;
}

float math_sin(float x) { return math_sin_shifted(x, 0.0f); }
float math_cos(float x) { return math_sin_shifted(x, 1.0f); }

// ---- sigmoids ----------------------------------------------------------------------------------

// 3 ulp; division adds 2.5.
float math_tanh(float x) {
  float t = math_expm1(-2.0f * abs(x));
  precise float y = -t / (2.0f + t), minus_y = -y;
  return x < 0.0f ? minus_y : y;
}

// 2.5 ulp; division adds 2.
float math_sigmoid(float x) {
  float t = math_exp(-abs(x));
  precise float y = (x < 0.0f ? t : 1.0f) / (1.0f + t);
  return y;
}

// 3 ulp; division adds 2.
float math_softplus(float x) {
  precise float y = math_relu(x) + math_log1p(math_exp(-abs(x)));
  return y;
}

// 2 ulp.
float math_erf(float x) {
  float t = abs(x);
  precise float z = x * x;
  if (t < 0.93f) {
    precise float y =
        x + x * (0.128379166f + z * (-0.376126319f + z * (0.112836875f + z * (-0.0268589407f +
            z * (0.00519990642f + z * (-0.000813001185f + z * 8.31677244e-5f))))));
    return y;
  }
  float u = t > 4.0f ? 4.0f : t;
  precise float power =
      u * (1.12864852f + u * (0.635151327f + u * (0.10623689f + u * (-0.0237620752f +
          u * (0.00364246499f + u * (-0.000322805397f + u * 1.12314656e-5f))))));
  precise float y = 1.0f - math_exp(-power), minus_y = -y;
  return x < 0.0f ? minus_y : y;
}

#ifndef __cplusplus
#define MATH_VECTOR_1(f) vec4 f(vec4 a) { return vec4(f(a.x), f(a.y), f(a.z), f(a.w)); }
#define MATH_VECTOR_2(f) \
  vec4 f(vec4 a, vec4 b) { return vec4(f(a.x, b.x), f(a.y, b.y), f(a.z, b.z), f(a.w, b.w)); }
MATH_VECTOR_1(math_isfinite) MATH_VECTOR_1(math_sign) MATH_VECTOR_1(math_relu)
MATH_VECTOR_1(math_exp) MATH_VECTOR_1(math_expm1) MATH_VECTOR_1(math_elu) MATH_VECTOR_1(math_log)
MATH_VECTOR_1(math_log1p) MATH_VECTOR_1(math_sin) MATH_VECTOR_1(math_cos) MATH_VECTOR_1(math_tanh)
MATH_VECTOR_1(math_sigmoid) MATH_VECTOR_1(math_softplus) MATH_VECTOR_1(math_erf)
MATH_VECTOR_2(math_equal) MATH_VECTOR_2(math_greater) MATH_VECTOR_2(math_greater_equal)
MATH_VECTOR_2(math_min) MATH_VECTOR_2(math_max) MATH_VECTOR_2(math_leaky_relu)
MATH_VECTOR_2(math_relu_grad) MATH_VECTOR_2(math_pow)
vec4 math_select(vec4 condition, vec4 a, vec4 b) {
  return vec4(math_select(condition.x, a.x, b.x), math_select(condition.y, a.y, b.y),
              math_select(condition.z, a.z, b.z), math_select(condition.w, a.w, b.w));
}
#endif
