// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/attention.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/base/error.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "tests/golden/golden.h"

namespace lemnos::test {
namespace {

using Json = nlohmann::json;
using nn::MultiHeadAttention;

MultiHeadAttention layer_of(const Json& o) {
  return MultiHeadAttention{{.width = o.at("width"),
                             .heads = o.at("heads"),
                             .kv_heads = o.at("kv_heads"),
                             .bias = o.at("bias"),
                             .causal = o.at("causal")}};
}

Values wide(const std::vector<float>& values) { return {values.begin(), values.end()}; }

void check_close(const Values& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    CHECK(std::abs(got[i] - expected[i]) <= 1e-12 * std::max(1.0, std::abs(expected[i])));
}

// What the file says of everything that has a shape there: inputs, then parameters.
void check_case(const Json& golden) {
  const Json& options = golden.at("options");
  const MultiHeadAttention layer = layer_of(options);
  Trace trace;
  std::vector<std::string> names{"x"};
  if (golden.at("shapes").contains("memory")) names.push_back("memory");
  std::vector<Tensor> inputs;
  std::vector<Values> values;
  for (const std::string& name : names) {
    const std::vector<std::int64_t> shape = golden.at("shapes").at(name);
    inputs.push_back(trace.input(name, {Shape(std::span(shape)), DType::f32}));
    values.push_back(
        wide(golden_values(static_cast<std::uint32_t>(inputs.size()), inputs.back().elements())));
  }
  for (const Parameter& parameter : named_parameters(layer)) {
    names.push_back(parameter.name);
    inputs.push_back(parameter.tensor);
    parameter.tensor.state()->set_values(
        golden_values(static_cast<std::uint32_t>(names.size()), parameter.tensor.elements()));
  }
  REQUIRE(names.size() == golden.at("shapes").size());

  Tensor lengths;
  if (const std::vector<double> counts = options.at("lengths"); !counts.empty()) {
    lengths = trace.input("lengths", {Shape{static_cast<std::int64_t>(counts.size())}, DType::i32});
    values.push_back(counts);
  }
  const bool cross = golden.at("shapes").contains("memory");
  const Tensor y = cross ? layer.cross(inputs[0], inputs[1], lengths) : layer(inputs[0], lengths);
  const Tensor weights = trace.input("w", {y.shape(), DType::f32});
  values.push_back(wide(golden_values(static_cast<std::uint32_t>(names.size() + 1), y.elements())));
  trace.graph().outputs = {y.node()};
  for (const Tensor& gradient : grad(sum(y * weights), inputs))
    trace.graph().outputs.push_back(gradient.node());
  const std::vector<Values> got = evaluate(trace.graph(), values);
  check_close(got[0], golden.at("output"));
  for (std::size_t i = 0; i < names.size(); ++i) {
    CAPTURE(names[i]);
    check_close(got[i + 1], golden.at("grads").at(names[i]));
  }
}

}  // namespace

TEST_CASE("golden: multi-head attention and its gradients agree with PyTorch in float64") {
  const Json golden = golden_file("multi_head_attention.json");
  int compared = 0;
  for (const Json& one : golden.at("cases")) {
    const std::string options = one.at("options").dump();
    CAPTURE(options);
    check_case(one);
    ++compared;
  }
  CHECK(compared == 4);
}

TEST_CASE("multi-head attention: heads that do not divide the width are wrong usage") {
  CHECK_THROWS_WITH_AS((MultiHeadAttention{{.width = 10, .heads = 4}}),
                       doctest::Contains("10 features in 4 heads"), Error);
  CHECK_THROWS_AS((MultiHeadAttention{{.width = 8, .heads = 4, .kv_heads = 3}}), Error);
}

TEST_CASE("multi-head attention: an input of another width names both and the caller's line") {
  Trace trace;
  const MultiHeadAttention layer{{.width = 8, .heads = 2}};
  const Tensor x = trace.input("x", {Shape{2, 3, 6}, DType::f32});
  CHECK_THROWS_WITH_AS(
      layer(x), doctest::Contains("takes [B, T, 8], x is [2, 3, 6]\n  at attention_test"), Error);
}

}  // namespace lemnos::test
