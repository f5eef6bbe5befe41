// SPDX-License-Identifier: Apache-2.0
// Lstm, Gru and Rnn against torch.nn's in float64 (tests/golden/recurrent.py): two layers, both
// directions, packed lengths.
#include <doctest/doctest.h>

#include <cmath>

#include "nn/layers/gru.h"
#include "nn/layers/lstm.h"
#include "nn/layers/rnn.h"
#include "ops/reduce/reduce.h"
#include "runtime/autodiff/backward.h"
#include "runtime/base/error.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "tests/golden/golden.h"

namespace lemnos::test {
namespace {

const nn::RecurrentLayers::Options options{
    .in = 4, .hidden = 3, .layers = 2, .bidirectional = true};
const Shape x_shape{3, 5, 4}, states{4, 3, 3};

Values wide(const std::vector<float>& values) { return {values.begin(), values.end()}; }

std::vector<Tensor> results_of(const LstmResult& r) { return {r.h, r.h_n, r.c_n}; }
std::vector<Tensor> results_of(const RecurrentResult& r) { return {r.h, r.h_n}; }

void check_close(const Values& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(got[i] - expected[i]) <= 1e-12 * std::max(1.0, std::abs(expected[i])));
  }
}

// Results, then gradients of x, the first states and the parameters.
template <class Layer>
void check_golden(const nlohmann::json& golden, const Layer& layer) {
  std::vector<Tensor> weights = parameters(layer);
  std::uint32_t stream = 30;
  for (const Tensor& w : weights)
    w.state()->set_values(golden_values(stream++, w.elements(), 0.25f));

  Trace trace;
  std::vector<Tensor> leaves;
  std::vector<Values> values;
  const auto given = [&](std::uint32_t from, const Shape& shape) {
    leaves.push_back(trace.input("leaf", {shape, DType::f32}));
    values.push_back(wide(golden_values(from, shape.elements())));
    return leaves.back();
  };
  nn::RecurrentLayers::Call call;
  const Tensor x = given(1, x_shape);
  call.h0 = given(2, states);
  if (golden.at("cell") == "lstm") call.c0 = given(3, states);
  call.lengths = trace.input("lengths", {Shape{3}, DType::i32});
  values.push_back({5, 2, 1});

  const std::vector<Tensor> results = results_of(layer(x, call));
  Tensor loss;
  for (std::size_t i = 0; i < results.size(); ++i) {
    trace.graph().outputs.push_back(results[i].node());
    const Tensor w = trace.input("w", {results[i].shape(), DType::f32});
    values.push_back(wide(golden_values(20 + static_cast<std::uint32_t>(i), w.elements())));
    const Tensor term = sum(results[i] * w);
    loss = loss ? loss + term : term;
  }
  leaves.insert(leaves.end(), weights.begin(), weights.end());
  for (const Tensor& g : grad(loss, leaves)) trace.graph().outputs.push_back(g.node());
  const std::vector<Values> got = evaluate(trace.graph(), values);
  REQUIRE(golden.at("gradients").size() == leaves.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    check_close(got[i], i < results.size() ? golden.at("results")[i]
                                           : golden.at("gradients")[i - results.size()]);
  }
}

}  // namespace

TEST_CASE("recurrent: Lstm, Gru and Rnn give PyTorch's results and gradients in float64") {
  const auto cases = golden_file("recurrent.json").at("cases");
  REQUIRE(cases.size() == 4);
  check_golden(cases[0], nn::Lstm{options});
  check_golden(cases[1], nn::Gru{options});
  check_golden(cases[2], nn::Rnn{options});
  check_golden(cases[3], nn::Rnn{options, true});
}

TEST_CASE("recurrent: parameters are named by direction and begin within 1 / sqrt(H)") {
  const nn::Lstm lstm{{.in = 7, .hidden = 16, .layers = 2}};
  const auto named = named_parameters(lstm);
  REQUIRE(named.size() == 8);
  CHECK(named[5].name == "directions.1.weight_hh");
  CHECK(named[4].tensor.shape() == Shape{64, 16});
  for (const Parameter& p : named)
    for (const float value : p.tensor.state()->values()) CHECK(std::abs(value) <= 0.25);
}

TEST_CASE("recurrent: wrong sizes are errors that say what is taken") {
  CHECK_THROWS_WITH_AS(nn::Gru({.in = 0, .hidden = 3}),
                       doctest::Contains("gru: .in, .hidden and .layers must be at least 1"),
                       Error);
  CHECK_THROWS_AS(nn::Lstm({.in = 2, .hidden = 3, .dropout = 1}), Error);
  const nn::Lstm lstm{{.in = 4, .hidden = 3}};
  Trace trace;
  const Tensor x = trace.input("x", {x_shape, DType::f32});
  CHECK_THROWS_WITH_AS(lstm(trace.input("y", {Shape{3, 4}, DType::f32})),
                       doctest::Contains("lstm: takes [B, T, 4], x is [3, 4]"), Error);
  nn::RecurrentLayers::Call call;
  call.lengths = trace.input("lengths", {Shape{2}, DType::i32});
  CHECK_THROWS_WITH_AS(lstm(x, call), doctest::Contains("lengths must be i32 of [3]"), Error);
  call.lengths = {};
  call.h0 = x;
  CHECK_THROWS_WITH_AS(lstm(x, call), doctest::Contains("a first state must be [1, 3, 3]"), Error);
}

}  // namespace lemnos::test
