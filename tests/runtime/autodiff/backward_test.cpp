// SPDX-License-Identifier: Apache-2.0
// Autodiff around an op with several results. The op is made up: sum and difference of two vectors.
#include "runtime/autodiff/backward.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "tests/skip.h"

namespace lemnos {
namespace {

std::vector<TensorType> both(const Problem& p) { return {p.inputs[0], p.inputs[0]}; }

std::vector<Tensor> gradient(const Adjoint& d) {
  const Tensor &ds = d.dparts[0], &dd = d.dparts[1];
  if (!dd) return {ds, ds};
  if (!ds) return {dd, -dd};
  return {ds + dd, ds - dd};
}

const OpDef sum_and_difference{
    .name = "sum_and_difference",
    .shape = [](const Problem& p) { return flat_type(both(p)); },
    .parts = both,
    .gradient = gradient,
    .reference =
        [](const Problem& p, std::span<const Values> in, Values& out) {
          const auto second = static_cast<std::size_t>(pack_offset(both(p), 1));
          for (std::size_t i = 0; i < in[0].size(); ++i) {
            out[i] = in[0][i] + in[1][i];
            out[second + i] = in[0][i] - in[1][i];
          }
        },
};

struct Gradients {
  Values da, db;
};

// d loss / d a and d loss / d b, where loss_of makes a loss of the op's two results.
Gradients differentiated(Tensor (*loss_of)(const Tensor&, const Tensor&)) {
  Trace trace;
  const Tensor a = trace.input("a", {Shape{3}}), b = trace.input("b", {Shape{3}});
  const auto parts = record_parts(sum_and_difference, {a, b});
  const std::vector<Tensor> with_respect_to{a, b};
  for (const Tensor& g : grad(loss_of(parts[0], parts[1]), with_respect_to))
    trace.graph().outputs.push_back(g.node());
  const std::vector<Values> inputs{{1, 2, 3}, {5, 7, 11}};
  const auto values = evaluate(trace.graph(), inputs);
  return {values[0], values[1]};
}

}  // namespace

TEST_CASE("grad: each result of an op with two brings its own gradient, read once or twice") {
  const auto all = differentiated(
      [](const Tensor& s, const Tensor& d) { return sum(2.0 * s) + sum(d * 3.0) + sum(d); });
  CHECK(all.da == Values{6, 6, 6});
  CHECK(all.db == Values{-2, -2, -2});
}

TEST_CASE("grad: a result that the loss does not depend on brings none") {
  const auto one = differentiated([](const Tensor&, const Tensor& d) { return sum(d * d); });
  CHECK(one.da == Values{-8, -10, -16});
  CHECK(one.db == Values{8, 10, 16});
}

TEST_CASE("grad: what is detached keeps its values and brings no gradient, nor records any") {
  Trace trace;
  const Tensor x = trace.input("x", {Shape{2}});
  const Tensor loss = sum(x * detach(exp(x)));
  const std::size_t forward = trace.graph().nodes.size();
  trace.graph().outputs = {loss.node(), grad(loss, std::array{x})[0].node()};
  for (std::size_t id = forward; id < trace.graph().nodes.size(); ++id)
    CHECK(trace.graph().nodes[id].op->name != "exp");
  const auto values = evaluate(trace.graph(), std::vector<Values>{{0, 1}});
  CHECK(values[0] == Values{std::exp(1.0)});
  CHECK(values[1] == Values{1, std::exp(1.0)});
}

TEST_CASE("grad: what recomputed() recorded is computed again: the same bits in less memory") {
  if (!test::have_device()) return;
  const Shape wide{64, 64};
  std::vector<std::vector<float>> gradients[2];
  PlanStats stats[2];
  for (const bool again : {false, true}) {
    Trace trace;
    trace.recompute(again);
    const Tensor x = trace.input("x", {Shape{2048, 64}, DType::f32});
    std::vector<Tensor> weights;
    for (int i = 0; i < 6; ++i) weights.push_back(trace.input("w", {wide, DType::f32}));
    Tensor h = x;
    for (const Tensor& w : weights)
      h = recomputed([&] {
        const Tensor inner = dropout(tanh(matmul(h, w)), 0.25);
        return h + sin(matmul(inner, w, {.transpose_b = true}));
      });
    const Tensor loss = mean(square(h));
    for (const Tensor& gradient : grad(loss, weights))
      trace.graph().outputs.push_back(gradient.node());
    Program program("recomputed", trace.graph(), device());
    std::vector<float> values(2048 * 64);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>(i * 2654435761u % 1000) / 1000 - 0.5f;
    for (std::uint32_t i = 0; i < 7; ++i)
      program.set_input(i, std::as_bytes(std::span(values).first(i == 0 ? 2048 * 64 : 64 * 64)));
    program.submit();
    for (std::uint32_t i = 0; i < 6; ++i) gradients[again].push_back(program.output(i));
    stats[again] = program.stats();
  }
  CHECK(gradients[0] == gradients[1]);
  CHECK(stats[1].dispatches > stats[0].dispatches);
  CHECK(stats[1].arena_bytes < 0.65 * static_cast<double>(stats[0].arena_bytes));
}

}  // namespace lemnos
