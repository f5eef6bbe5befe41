// SPDX-License-Identifier: Apache-2.0
// Norms of channels, made of public ops: whatever follows, such as a relu or a residual, joins the
// kernel that normalises.
#include "ops/norm/norm.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// x [N, ..., C]; weight and bias are [C].
void check_channels(std::string_view op, const Operand& x, const Operand& weight,
                    const Operand& bias, double epsilon) {
  const Shape shape = x.shape();
  if (shape.rank() < 2) fail_at(x.at(), "{}: takes x [N, ..., C], not {}", op, shape);
  for (const auto& [name, vector] : {std::pair("weight", &weight), std::pair("bias", &bias)})
    if (!(vector->shape() == Shape{shape[-1]}))
      fail_at(x.at(), "{}: {} channels of x {} want a {} of shape [{}], not {}", op, shape[-1],
              shape, name, shape[-1], vector->shape());
  if (!(epsilon >= 0)) fail_at(x.at(), "{}: epsilon is {}; it must not be negative", op, epsilon);
}

// (x - mean) / sqrt(variance + epsilon) * weight + bias. What follows x through its mean goes by
// (mean - centre), which is 0: so the sums over x that gradients need are just those of dy and of
// dy (x - mean).
Tensor normalised(const Tensor& x, const Moments& of, const Tensor& weight, const Tensor& bias,
                  double epsilon) {
  const Tensor centre = detach(of.mean), scale = rsqrt(of.variance + epsilon) * weight;
  return (x - centre) * scale + (bias - (of.mean - centre) * scale);
}

Axes all_but_last(int rank, int first) {
  std::array<int, Shape::max_rank> axes{};
  for (int axis = first; axis < rank - 1; ++axis) axes[static_cast<std::size_t>(axis)] = axis;
  return Axes(std::span(axes).subspan(static_cast<std::size_t>(first),
                                      static_cast<std::size_t>(rank - 1 - first)));
}

}  // namespace

BatchNormResult batch_norm(const Operand& x, const Operand& weight, const Operand& bias,
                           double epsilon) {
  check_channels("batch_norm", x, weight, bias, epsilon);
  const Moments of = moments(x, all_but_last(x.shape().rank(), 0));
  return {normalised(x.tensor(), of, weight.tensor(), bias.tensor(), epsilon), of.mean,
          of.variance};
}

Tensor batch_norm(const Operand& x, const Operand& weight, const Operand& bias, const Operand& mean,
                  const Operand& variance, double epsilon) {
  check_channels("batch_norm", x, weight, bias, epsilon);
  check_channels("batch_norm", x, mean, variance, epsilon);
  return normalised(x.tensor(), {mean.tensor(), variance.tensor()}, weight.tensor(), bias.tensor(),
                    epsilon);
}

Tensor group_norm(const Operand& x, const Operand& weight, const Operand& bias, std::int64_t groups,
                  double epsilon) {
  check_channels("group_norm", x, weight, bias, epsilon);
  const Shape shape = x.shape();
  const std::int64_t channels = shape[-1];
  if (groups < 1 || channels % groups != 0)
    fail_at(x.at(), "group_norm: the {} channels of x {} do not divide into {} groups", channels,
            shape, groups);
  // [N, places, groups, channels of one]
  const Tensor y = reshape(x, {shape[0], -1, groups, channels / groups});
  const Shape vector{groups, channels / groups};
  return reshape(normalised(y, moments(y, {1, 3}, {.keepdims = true}), reshape(weight, vector),
                            reshape(bias, vector), epsilon),
                 shape);
}

Tensor instance_norm(const Operand& x, const Operand& weight, const Operand& bias, double epsilon) {
  return group_norm(x, weight, bias, x.shape()[-1], epsilon);
}

}  // namespace lemnos
