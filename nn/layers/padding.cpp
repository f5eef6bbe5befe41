// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/padding.h"

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"

namespace lemnos::nn {
namespace {

// sum over t of weights[n, t] x[n, t, w]
Tensor weighted_sum(const Operand& x, const Tensor& weights) {
  const Shape shape = x.shape();
  if (shape.rank() != 3 || !(weights.shape() == shape.without(2)))
    fail_at(x.at(), "sequence: {} and a mask of {} do not fit; they are [N, T, W] and [N, T]",
            shape, weights.shape());
  return sum(x * reshape(weights, Shape{shape[0], shape[1], 1}), {1});
}

}  // namespace

Tensor is_token(const Operand& ids) { return greater(cast(ids, DType::f32), 0.0); }

Tensor lengths_of(const Tensor& is_token) { return cast(sum(is_token, {1}), DType::i32); }

// Padding lies behind: the last token is a token whose neighbour is none.
Tensor last_of(const Operand& x, const Tensor& is_token) {
  const std::int64_t length = is_token.size(1);
  if (length == 1) return weighted_sum(x, is_token);
  const Tensor next = pad(slice(is_token, 1, 1, length), {0, 0}, {0, 1});
  return weighted_sum(x, is_token - next);
}

Tensor mean_of(const Operand& x, const Tensor& is_token) {
  const Tensor count = maximum(sum(is_token, {1}, {.keepdims = true}), 1.0);
  return weighted_sum(x, is_token / count);
}

}  // namespace lemnos::nn
