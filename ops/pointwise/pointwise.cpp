// SPDX-License-Identifier: Apache-2.0
// The rows of table.inc as ops. Beside its expression an op has a rule: the derivative, the error
// bound of its kernel, and the ranges its test operands are drawn from.
//
// In a derivative g is d loss / d result, y the result, and a, b, c the operands. Where there is
// none (ties, corners) the choice is PyTorch's. Error bounds are in units of 2^-24, at most half an
// ulp: 5 for a division and 9 for sqrt (the Vulkan specification's bounds), and what
// shaders/common/math.glsl says of its functions.
#include "ops/pointwise/pointwise.h"

#include <numbers>

#include "ops/layout.h"
#include "ops/pointwise/elementwise.h"
#include "ops/pointwise/math.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

using Gradients = std::vector<Tensor>;
struct Terms {
  Tensor g, y, a, b, c;
};

struct Rule {
  Gradients (*gradient)(const Terms&) = nullptr;  // nullptr: there is none
  double ulp = 2;
  Scale scale = Scale::result;
  std::array<SampleInput, 3> ranges{};
  EpilogueStep epilogue_step = EpilogueStep::none;
  std::uint32_t cost = 1;  // to compile: what SwiftShader takes, in tens of milliseconds
};
constexpr std::uint32_t function_cost = 4;  // of one that math.glsl writes out

#define GRADIENT(...)                              \
  [](const Terms& terms) -> Gradients {            \
    [[maybe_unused]] auto [g, y, a, b, c] = terms; \
    return __VA_ARGS__;                            \
  }

constexpr SampleInput any{};
constexpr SampleInput positive{.shape = {}, .low = 0.25, .high = 3};
constexpr SampleInput wide{.shape = {}, .low = -12, .high = 12};
constexpr SampleInput whole{.shape = {}, .whole = true};

Tensor where(const Tensor& condition, const Tensor& gradient) {
  return select(condition, gradient, 0.0);
}
// Of a gradient that goes to the greater operand, a's share: half where they are equal.
Tensor greater_share(const Tensor& a, const Tensor& b) { return greater(a, b) + 0.5 * equal(a, b); }

Gradients pow_gradient(const Terms& t) {
  const Tensor base = where(not_equal(t.b, 0.0), t.b * pow(t.a, t.b - 1.0));
  const Tensor zero_base = mul(equal(t.a, 0.0), greater_equal(t.b, 0.0));
  return {t.g * base, t.g * select(zero_base, 0.0, t.y * log(t.a))};
}

Gradients clamp_gradient(const Terms& t) {
  const Tensor below = less(t.a, t.b), above = greater(t.a, t.c), crossed = less(t.c, t.b);
  return {where((1.0 - below) * (1.0 - above), t.g), where(below * (1.0 - crossed), t.g),
          where(maximum(above, crossed), t.g)};
}

Gradients gelu_gradient(const Terms& t) {
  const Tensor cdf = 0.5 * (1.0 + erf(t.a * (0.5 * std::numbers::sqrt2)));
  const Tensor pdf =
      exp(-0.5 * square(t.a)) * (0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi);
  return {t.g * (cdf + t.a * pdf)};
}

// ---- arithmetic --------------------------------------------------------------------------------

constexpr Rule add_rule{.gradient = GRADIENT({g, g}), .epilogue_step = EpilogueStep::add};
constexpr Rule sub_rule{.gradient = GRADIENT({g, -g})};
constexpr Rule mul_rule{.gradient = GRADIENT({g * b, g* a})};
constexpr Rule div_rule{
    .gradient = GRADIENT({g / b, -g* y / b}), .ulp = 5, .ranges = {any, positive}};
constexpr Rule pow_rule{.gradient = pow_gradient, .ulp = 6, .ranges = {positive, any}, .cost = 16};
constexpr Rule minimum_rule{.gradient = GRADIENT({g * greater_share(b, a), g* greater_share(a, b)}),
                            .scale = Scale::exact};
constexpr Rule maximum_rule{.gradient = GRADIENT({g * greater_share(a, b), g* greater_share(b, a)}),
                            .scale = Scale::exact};
constexpr Rule clamp_rule{.gradient = clamp_gradient, .scale = Scale::exact};
constexpr Rule neg_rule{.gradient = GRADIENT({-g}), .scale = Scale::exact};
constexpr Rule abs_rule{.gradient = GRADIENT({g * sign(a)}), .scale = Scale::exact};
constexpr Rule sign_rule{.scale = Scale::exact, .ranges = {whole}};
constexpr Rule floor_rule{.scale = Scale::exact};
constexpr Rule square_rule{.gradient = GRADIENT({g * (2.0 * a)})};
constexpr Rule reciprocal_rule{
    .gradient = GRADIENT({-g * square(y)}), .ulp = 5, .ranges = {positive}};
constexpr Rule sqrt_rule{.gradient = GRADIENT({g * 0.5 / y}), .ulp = 9, .ranges = {positive}};
constexpr Rule rsqrt_rule{
    .gradient = GRADIENT({g * (-0.5 * y * square(y))}), .ulp = 14, .ranges = {positive}};

// ---- functions ---------------------------------------------------------------------------------

constexpr Rule exp_rule{
    .gradient = GRADIENT({g * y}), .ulp = 2, .ranges = {wide}, .cost = function_cost};
constexpr Rule expm1_rule{
    .gradient = GRADIENT({g * (y + 1.0)}), .ulp = 3, .ranges = {wide}, .cost = function_cost};
constexpr Rule log_rule{
    .gradient = GRADIENT({g / a}), .ulp = 2, .ranges = {positive}, .cost = function_cost};
constexpr Rule log1p_rule{.gradient = GRADIENT({g / (1.0 + a)}),
                          .ulp = 7,
                          .ranges = {{{.shape = {}, .low = -0.9, .high = 3}}},
                          .cost = function_cost};
constexpr Rule sin_rule{
    .gradient = GRADIENT({g * cos(a)}), .ulp = 5, .ranges = {wide}, .cost = function_cost};
constexpr Rule cos_rule{
    .gradient = GRADIENT({-g * sin(a)}), .ulp = 5, .ranges = {wide}, .cost = function_cost};
constexpr Rule tanh_rule{
    .gradient = GRADIENT({g * (1.0 - square(y))}), .ulp = 11, .cost = function_cost};
constexpr Rule erf_rule{
    .gradient = GRADIENT({g * (2.0 * std::numbers::inv_sqrtpi) * exp(-square(a))}),
    .ulp = 4,
    .cost = function_cost};

// ---- activations -------------------------------------------------------------------------------

constexpr Rule relu_rule{.gradient = GRADIENT({relu_grad(g, y)}),
                         .scale = Scale::exact,
                         .epilogue_step = EpilogueStep::relu};
constexpr Rule relu_grad_rule{.gradient = GRADIENT({relu_grad(g, b), Tensor()}),
                              .scale = Scale::exact,
                              .ranges = {any, whole},
                              .epilogue_step = EpilogueStep::mask};
constexpr Rule leaky_relu_rule{
    .gradient = GRADIENT({g * select(greater(a, 0.0), 1.0, b), g* minimum(a, 0.0)})};
constexpr Rule elu_rule{.gradient = GRADIENT({g * select(greater(a, 0.0), 1.0, y + 1.0)}),
                        .ulp = 3,
                        .cost = function_cost};
constexpr Rule sigmoid_rule{
    .gradient = GRADIENT({g * (y * (1.0 - y))}), .ulp = 9, .ranges = {wide}, .cost = function_cost};
constexpr Rule softplus_rule{
    .gradient = GRADIENT({g * sigmoid(a)}), .ulp = 10, .ranges = {wide}, .cost = 2 * function_cost};
constexpr Rule silu_rule{.gradient = GRADIENT({g * (sigmoid(a) * (1.0 + a * (1.0 - sigmoid(a))))}),
                         .ulp = 10,
                         .ranges = {wide},
                         .cost = function_cost};
constexpr Rule gelu_rule{
    .gradient = gelu_gradient, .ulp = 8, .scale = Scale::inputs, .cost = function_cost};

// ---- comparisons -------------------------------------------------------------------------------

constexpr Rule comparison{.scale = Scale::exact, .ranges = {whole, whole}};
constexpr Rule equal_rule = comparison;
constexpr Rule not_equal_rule = comparison;
constexpr Rule less_rule = comparison;
constexpr Rule less_equal_rule = comparison;
constexpr Rule greater_rule = comparison;
constexpr Rule greater_equal_rule = comparison;
constexpr Rule isfinite_rule = comparison;
constexpr Rule select_rule{.gradient = GRADIENT({Tensor(), where(a, g), select(a, 0.0, g)}),
                           .scale = Scale::exact,
                           .ranges = {whole}};

// ---- the ops -----------------------------------------------------------------------------------

template <const Rule& rule>
Gradients gradient_of(const Adjoint& d) {
  const auto operand = [&](std::size_t i) { return i < d.inputs.size() ? d.inputs[i] : Tensor(); };
  return rule.gradient({d.dresult, d.result, operand(0), operand(1), operand(2)});
}

template <double (*function)(double, double, double)>
void reference_of(const Problem& problem, std::span<const Values> in, Values& out) {
  const std::size_t last = in.size() - 1;
  for_each(merged(broadcast_layout(problem)), [&](std::int64_t i, auto at) {
    const auto value = [&](std::size_t k) {
      return in[std::min(k, last)][static_cast<std::size_t>(at[std::min(k, last)])];
    };
    out[static_cast<std::size_t>(i)] = function(value(0), value(1), value(2));
  });
}

// Size 1, a prime, and for several operands every kind of broadcast.
template <const Rule& rule, std::size_t arity>
std::vector<Sample> samples_of() {
  const auto sample = [](std::initializer_list<Shape> shapes) {
    Sample made;
    for (std::size_t i = 0; i < arity; ++i) {
      made.inputs.push_back(rule.ranges[i]);
      made.inputs.back().shape = shapes.begin()[i % shapes.size()];
    }
    return made;
  };
  std::vector<Sample> samples{sample({{1}}), sample({{7, 11}}), sample({{2, 3, 1, 2, 1, 3}})};
  if (arity > 1) {
    samples.push_back(sample({{4, 5, 3}, {3}, {5, 1}}));
    samples.push_back(sample({{}, {13}, {1}}));
    samples.push_back(sample({{1, 2, 1, 3, 1, 2}, {2, 1, 3, 1, 2, 1}, {2, 1}}));
  }
  return samples;
}

// Each row's expression in double. Its unused operands are the last one repeated.
#define POINTWISE(name, arity, expression)                                       \
  double name##_expression([[maybe_unused]] double a, [[maybe_unused]] double b, \
                           [[maybe_unused]] double c) {                          \
    using namespace reference;                                                   \
    return expression;                                                           \
  }
#include "ops/pointwise/table.inc"
#undef POINTWISE

}  // namespace

#define POINTWISE(row_name, arity, text)                                                       \
  extern constinit const OpDef row_name##_op{                                                  \
      .name = #row_name,                                                                       \
      .kind = Kind::pointwise,                                                                 \
      .shape = [](const Problem& problem) { return pointwise_shape(problem, arity); },         \
      .gradient = row_name##_rule.gradient ? gradient_of<row_name##_rule> : nullptr,           \
      .lower = [](const Problem& problem,                                                      \
                  const gpu::Caps& caps) { return pointwise_lower(problem, caps, __LINE__); }, \
      .reference = reference_of<row_name##_expression>,                                        \
      .samples = samples_of<row_name##_rule, arity>,                                           \
      .ulp = row_name##_rule.ulp,                                                              \
      .scale = row_name##_rule.scale,                                                          \
      .expression = #text,                                                                     \
      .epilogue_step = row_name##_rule.epilogue_step,                                          \
      .compile_cost = row_name##_rule.cost};
#include "ops/pointwise/table.inc"
#undef POINTWISE

#define OPERANDS_1 const Operand& a
#define OPERANDS_2 const Operand &a, const Operand &b
#define OPERANDS_3 const Operand &a, const Operand &b, const Operand &c
#define NAMES_1 a
#define NAMES_2 a, b
#define NAMES_3 a, b, c
#define POINTWISE(name, arity, expression) \
  Tensor name(OPERANDS_##arity) { return record(name##_op, {NAMES_##arity}); }
#include "ops/pointwise/table.inc"
#undef POINTWISE

}  // namespace lemnos
