// SPDX-License-Identifier: Apache-2.0
// Norms of channels, made of public ops: whatever follows, such as a relu or a residual, joins the
// kernel that normalises.
#include <initializer_list>
#include <numeric>

#include "ops/norm/norm.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

struct Vector {
  const char* name;
  const Operand& value;
};

// x [N, ..., C], and what is [C].
void check_channels(std::string_view op, const Operand& x, std::initializer_list<Vector> vectors,
                    double epsilon) {
  const Shape shape = x.shape();
  if (shape.rank() < 2) fail_at(x.at(), "{}: takes x [N, ..., C], not {}", op, shape);
  for (const auto& [name, value] : vectors)
    if (!(value.shape() == Shape{shape[-1]}))
      fail_at(x.at(), "{}: {} channels of x {} want a {} of shape [{}], not {}", op, shape[-1],
              shape, name, shape[-1], value.shape());
  if (!(epsilon >= 0)) fail_at(x.at(), "{}: epsilon is {}; it must not be negative", op, epsilon);
}

Tensor normalised(const Tensor& x, const Moments& of, const Tensor& weight, const Tensor& bias,
                  double epsilon) {
  return (x - of.mean) * (rsqrt(of.variance + epsilon) * weight) + bias;
}

Axes all_but_last(int rank) {
  std::vector<int> axes(static_cast<std::size_t>(rank - 1));
  std::iota(axes.begin(), axes.end(), 0);
  return Axes(axes);
}

Tensor grouped(const Operand& x, const Tensor& weight, const Tensor& bias, std::int64_t groups,
               double epsilon) {
  const Shape shape = x.shape(), vector{groups, shape[-1] / groups};
  // [N, places, groups, channels of one]
  const Tensor y = reshape(x, {shape[0], -1, groups, vector[1]});
  return reshape(normalised(y, moments(y, {1, 3}, {.keepdims = true}), reshape(weight, vector),
                            reshape(bias, vector), epsilon),
                 shape);
}

}  // namespace

BatchNormResult batch_norm(const Operand& x, const Operand& weight, const Operand& bias,
                           double epsilon) {
  check_channels("batch_norm", x, {{"weight", weight}, {"bias", bias}}, epsilon);
  const Moments of = moments(x, all_but_last(x.shape().rank()));
  return {normalised(x.tensor(), of, weight.tensor(), bias.tensor(), epsilon), of.mean,
          of.variance};
}

Tensor batch_norm(const Operand& x, const Operand& weight, const Operand& bias, const Operand& mean,
                  const Operand& variance, double epsilon) {
  check_channels("batch_norm", x,
                 {{"weight", weight}, {"bias", bias}, {"mean", mean}, {"variance", variance}},
                 epsilon);
  return normalised(x.tensor(), {mean.tensor(), variance.tensor()}, weight.tensor(), bias.tensor(),
                    epsilon);
}

Tensor group_norm(const Operand& x, const Operand& weight, const Operand& bias, std::int64_t groups,
                  double epsilon) {
  check_channels("group_norm", x, {{"weight", weight}, {"bias", bias}}, epsilon);
  if (groups < 1 || x.shape()[-1] % groups != 0)
    fail_at(x.at(), "group_norm: the {} channels of x {} do not divide into {} groups",
            x.shape()[-1], x.shape(), groups);
  return grouped(x, weight.tensor(), bias.tensor(), groups, epsilon);
}

Tensor instance_norm(const Operand& x, const Operand& weight, const Operand& bias, double epsilon) {
  check_channels("instance_norm", x, {{"weight", weight}, {"bias", bias}}, epsilon);
  return grouped(x, weight.tensor(), bias.tensor(), x.shape()[-1], epsilon);
}

}  // namespace lemnos
