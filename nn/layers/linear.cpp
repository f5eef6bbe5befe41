// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/linear.h"

#include "nn/init.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"

namespace lemnos::nn {

Linear::Linear(Options o) {
  if (o.in < 1 || o.out < 1)
    fail_usage("linear: .in and .out must be at least 1, not {} and {}", o.in, o.out);
  weight = init::layer_default({o.out, o.in}, o.in);
  if (o.bias) bias = init::layer_default({o.out}, o.in);
}

Tensor Linear::operator()(const Operand& x) const {
  const Shape shape = x.shape();
  const std::int64_t in = weight.size(1);
  if (shape.rank() < 1 || shape[-1] != in)
    fail_at(x.at(), "linear: takes [..., {}], x is {}", in, shape);
  const bool matrix = shape.rank() == 2;
  const Operand rows = matrix ? x : Operand(reshape(x, Shape{shape.elements() / in, in}), x.at());
  Tensor y = matmul(rows, weight, {.transpose_b = true});
  if (bias) y = y + bias;
  return matrix ? y : reshape(y, shape.with(-1, weight.size(0)));
}

}  // namespace lemnos::nn
