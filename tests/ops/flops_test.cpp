// SPDX-License-Identifier: Apache-2.0
// Operations counted by hand.
#include <doctest/doctest.h>

#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// Of all nodes of this op that the body records.
template <class Body>
double flops(std::string_view op, Body body) {
  Trace trace;
  body(trace);
  double total = 0;
  for (const Node& node : trace.graph().nodes)
    if (node.op->name == op) total += flops_of(problem_of(trace.graph(), node));
  return total;
}

Tensor input(Trace& trace, Shape shape, DType dtype = DType::f32) {
  return trace.input("x", {shape, dtype});
}

TEST_CASE("flops: a product of matrices takes 2 M N K, in each of its batches") {
  CHECK(flops("matmul", [](Trace& t) { matmul(input(t, {5, 7}), input(t, {7, 3})); }) == 210);
  CHECK(flops("matmul", [](Trace& t) {
          matmul(input(t, {4, 7, 5}), input(t, {4, 3, 7}),
                 {.transpose_a = true, .transpose_b = true});
        }) == 840);
}

TEST_CASE("flops: a convolution and its two gradients take the same products") {
  // y [2, 4, 3, 6] of 3 x 3 taps of 4 / 2 channels
  const double products = 2.0 * 4 * 3 * 6 * 9 * 2;
  const auto body = [](Trace& t) {
    const Tensor x = input(t, {2, 8, 6, 4}), w = input(t, {6, 3, 3, 2});
    const Tensor y = conv2d(x, w, {.stride = 2, .pad = 1, .groups = 2});
    CHECK(y.shape() == Shape{2, 4, 3, 6});
    grad(sum(square(y)), std::vector{x, w});
  };
  for (const char* op : {"conv2d", "conv_transpose2d", "conv2d_weights"})
    CHECK(flops(op, body) == 2 * products);
}

TEST_CASE("flops: attention takes two products forward and five backward, half of them if causal") {
  const auto body = [](bool causal) {
    return [causal](Trace& t) {
      const Tensor q = input(t, {2, 4, 5, 8}), k = input(t, {2, 2, 7, 8});
      const Tensor v = input(t, {2, 2, 7, 8});
      grad(sum(square(attention(q, k, v, {.causal = causal}))), std::vector{q, k, v});
    };
  };
  const double product = 2.0 * (2 * 4) * 5 * 7 * 8;
  CHECK(flops("attention", body(false)) == 2 * product);
  CHECK(flops("attention_grad", body(false)) == 5 * product);
  CHECK(flops("attention", body(true)) == product);
}

TEST_CASE("flops: a recurrent layer takes one product with w at each step, in both directions") {
  const auto body = [](Trace& t) {
    const Tensor x = input(t, {3, 5, 4 * 6}), w = input(t, {4 * 6, 6});
    const Tensor state = input(t, {3, 6});
    grad(sum(square(lstm(x, w, state, state).h)), std::vector{x, w});
  };
  const double product = 2.0 * 3 * 5 * (4 * 6) * 6;
  CHECK(flops("lstm", body) == product);
  CHECK(flops("lstm_grad", body) == product);
}

TEST_CASE("flops: pointwise ops and reductions take one an element, moves none") {
  CHECK(flops("mul", [](Trace& t) { input(t, {5, 1}) * input(t, {1, 3}); }) == 15);
  CHECK(flops("sum", [](Trace& t) { sum(input(t, {5, 3}), {0}); }) == 15);
  CHECK(flops("cast", [](Trace& t) { cast(input(t, {9}, DType::u8), DType::f32); }) == 0);
  CHECK(flops("broadcast_to", [](Trace& t) { broadcast_to(input(t, {1, 3}), {4, 3}); }) == 0);
  CHECK(flops("transpose", [](Trace& t) { transpose(input(t, {4, 3})); }) == 0);
}

}  // namespace
}  // namespace lemnos
