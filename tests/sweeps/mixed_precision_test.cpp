// SPDX-License-Identifier: Apache-2.0
// Mixed precision: what is stored as 16-bit floats, and that the device computes what the graph
// with its roundings says.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/ladder.h"
#include "runtime/exec/plan.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/values.h"
#include "runtime/graph/trace.h"
#include "runtime/passes/place_casts.h"
#include "runtime/passes/simplify.h"
#include "tests/skip.h"
#include "tests/sweeps/cases.h"

namespace lemnos::test {
namespace {

using Recorded = std::function<std::vector<Tensor>(std::span<const Tensor>)>;

Graph traced(const std::vector<Shape>& shapes, const Recorded& body) {
  Trace trace;
  std::vector<Tensor> inputs;
  for (const Shape& shape : shapes) inputs.push_back(trace.input("x", {shape, DType::f32}));
  for (const Tensor& result : body(inputs)) trace.graph().outputs.push_back(trace.resolve(result));
  return simplify(trace.graph());
}

std::vector<Values> drawn(const Graph& graph) {
  std::vector<Values> inputs;
  for (const Graph::Input& input : graph.inputs)
    inputs.push_back(draw({.shape = input.type.shape, .low = -1, .high = 1},
                          static_cast<std::uint32_t>(inputs.size())));
  return inputs;
}

double largest(const Values& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

// On the device, with the casts that the executor places, beside the reference of the graph that
// has them. A value that falls on the other side of a rounding is off by one place of the type.
void check_device(const Graph& graph, DType type, double places) {
  if (!have_device()) return;
  const std::vector<Values> inputs = drawn(graph);
  const std::vector<Values> expected = evaluate(place_casts(graph, type), inputs);
  const double place = type == DType::f16 ? 0x1p-11 : 0x1p-8;
  // On a CPU driver the second has GPUs' kernels, with cooperative matrices if it has them.
  for (const std::uint32_t rung : {0u, 2u}) {
    CAPTURE(ladder()[rung].name);
    Program program("mixed", graph, device(), {.precision = type, .rung = rung});
    for (std::uint32_t i = 0; i < inputs.size(); ++i)
      program.set_input(i, bytes_of(inputs[i], DType::f32));
    program.submit();
    for (std::uint32_t i = 0; i < expected.size(); ++i) {
      CAPTURE(i);
      const Values got = output_of(program, i);
      const double allowed = places * place * largest(expected[i]);
      double worst = 0;
      for (std::size_t k = 0; k < got.size(); ++k)
        worst = std::max(worst, std::abs(got[k] - expected[i][k]));
      CHECK(worst <= allowed);
    }
  }
}

std::int64_t halves(const Graph& graph) {
  return std::ranges::count_if(graph.nodes, [](const Node& node) {
    return node.op == runtime_ops().cast && is_half(node.type.dtype);
  });
}

std::vector<Tensor> dense_step(std::span<const Tensor> x) {
  const Tensor h = relu(matmul(x[0], x[1], {.transpose_b = true}) + x[2]);
  const Tensor loss = mean(square(matmul(h, x[3], {.transpose_b = true})));
  const std::vector<Tensor> of{x[1], x[2], x[3]};
  std::vector<Tensor> results = grad(loss, of);
  results.push_back(loss);
  return results;
}

}  // namespace

TEST_CASE("mixed precision: kernels that read f32 operands read f16 and bf16 ones") {
  if (!have_device()) return;
  for (const DType type : {DType::f16, DType::bf16})
    for (const Case& each : all_cases()) {
      if (each.op->half == HalfOperands::none || each.op->parts != nullptr) continue;
      CAPTURE(each.name);
      Case narrow = each;
      for (SampleInput& input : narrow.sample.inputs)
        if (input.dtype == DType::f32) input.dtype = type;
      // The same numbers, stored as f32: the same bits come out, except of cooperative matrices,
      // which are kernels of their own with samples of their own.
      Values results[2];
      bool matrices = false;
      for (const Case* of : {&each, static_cast<const Case*>(&narrow)}) {
        Trace trace;
        const auto operands = declare_inputs(trace, of->sample);
        trace.graph().outputs = {record_results(*of, operands)[0].node()};
        Program program("half", trace.graph(), device(), {.simplify = false});
        for (const PlannedDispatch& planned : program.plan().dispatches)
          matrices |= gpu::reflect(*planned.dispatch.shader).cooperative;
        for (std::uint32_t i = 0; i < operands.size(); ++i)
          program.set_input(i,
                            bytes_of(draw(narrow.sample.inputs[i], i), of->sample.inputs[i].dtype));
        program.submit();
        results[of == &narrow] = output_of(program, 0);
      }
      if (!matrices) CHECK(results[0] == results[1]);
    }
}

TEST_CASE("place_casts: a step of dense layers rounds each operand of a product once") {
  const Graph graph = traced({{32, 24}, {16, 24}, {16}, {8, 16}}, dense_step);
  const Graph mixed = place_casts(graph, DType::f16);
  verify(mixed);
  // x, both weights, relu's output, the last product, and the gradients of both products
  CHECK(halves(mixed) == 7);
  CHECK(std::ranges::all_of(mixed.outputs,
                            [&](NodeId id) { return mixed[id].type.dtype == DType::f32; }));
}

TEST_CASE("place_casts: f16 and bf16 on the device are what the graph's roundings say") {
  const Graph dense = traced({{32, 24}, {16, 24}, {16}, {8, 16}}, dense_step);
  for (const DType type : {DType::f16, DType::bf16}) check_device(dense, type, 2);
}

TEST_CASE("place_casts: sizes that are no multiple of four, and short sums in parts") {
  const Graph odd = traced({{33, 23}, {17, 23}, {17}, {7, 17}}, dense_step);
  const Graph tall = traced({{3000, 8}, {4, 8}, {4}, {4, 4}}, dense_step);
  for (const DType type : {DType::f16, DType::bf16}) {
    check_device(odd, type, 2);
    check_device(tall, type, 4);
  }
}

TEST_CASE("place_casts: convolutions, pooling and norms of channels, backward too") {
  const auto images = [](std::span<const Tensor> x) {
    Tensor h = relu(batch_norm(conv2d(x[0], x[1], {.pad = 1}), x[2], x[3], 1e-5).y);
    h = max_pool2d(relu(conv2d(h, x[4], {.stride = 2, .pad = 1}) + x[5]), {.kernel = 2});
    const Tensor loss = mean(square(conv_transpose2d(h, x[6], {.stride = 2})));
    const std::vector<Tensor> of{x[1], x[2], x[3], x[4], x[5], x[6]};
    std::vector<Tensor> results = grad(loss, of);
    results.push_back(loss);
    return results;
  };
  const Graph graph =
      traced({{3, 12, 12, 3}, {8, 3, 3, 3}, {8}, {8}, {12, 3, 3, 8}, {12}, {12, 2, 2, 5}}, images);
  for (const DType type : {DType::f16, DType::bf16}) check_device(graph, type, 16);
}

TEST_CASE("place_casts: attention, backward too") {
  const auto body = [](std::span<const Tensor> x) {
    const Tensor loss = mean(square(attention(x[0], x[1], x[2], {.causal = true})));
    std::vector<Tensor> results = grad(loss, std::vector<Tensor>{x[0], x[1], x[2]});
    results.push_back(loss);
    return results;
  };
  const Graph graph = traced({{2, 3, 17, 8}, {2, 3, 17, 8}, {2, 3, 17, 8}}, body);
  for (const DType type : {DType::f16, DType::bf16}) check_device(graph, type, 4);
}

TEST_CASE("place_casts: less memory is in use at once") {
  if (!have_device()) return;
  const auto deep = [](std::span<const Tensor> x) {
    Tensor h = x[0];
    for (std::size_t i = 1; i < x.size(); ++i) h = relu(matmul(h, x[i]));
    return grad(mean(square(h)), std::vector<Tensor>(x.begin() + 1, x.end()));
  };
  const Shape wide{64, 64};
  const Graph graph = traced({{4096, 64}, wide, wide, wide, wide}, deep);
  const auto arena = [&](DType type) {
    return make_plan(graph, device()->caps(), {.precision = type}).stats.arena_bytes;
  };
  CHECK(arena(DType::f16) < 0.65 * static_cast<double>(arena(DType::f32)));
}

}  // namespace lemnos::test
