// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>

#include "nn/compile.h"
#include "nn/init.h"
#include "nn/layers/activation.h"
#include "nn/layers/batch_norm.h"
#include "nn/layers/conv2d.h"
#include "nn/layers/conv_transpose2d.h"
#include "nn/layers/dropout.h"
#include "nn/layers/embedding.h"
#include "nn/layers/flatten.h"
#include "nn/layers/group_norm.h"
#include "nn/layers/layer_norm.h"
#include "nn/layers/linear.h"
#include "nn/layers/max_pool2d.h"
#include "nn/layers/rms_norm.h"
#include "nn/optim/adam.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

double largest(const Tensor& parameter) {
  double most = 0;
  for (const float x : parameter.state()->values()) most = std::max(most, std::abs(double(x)));
  return most;
}

// Uniform within the bound, and close to it somewhere.
void check_bound(const Tensor& parameter, double fan_in) {
  CHECK(largest(parameter) <= 1 / std::sqrt(fan_in));
  CHECK(largest(parameter) > 0.8 / std::sqrt(fan_in));
}

template <class Layer>
Shape result_of(const Layer& layer, const Shape& x) {
  Trace trace;
  return layer(trace.input("x", {x, DType::f32})).shape();
}

}  // namespace

TEST_CASE("layers: weights and biases are uniform within 1 / sqrt(fan_in), as PyTorch counts it") {
  seed(3);
  const nn::Linear linear{{.in = 50, .out = 40}};
  CHECK(linear.weight.shape() == Shape{40, 50});
  check_bound(linear.weight, 50);
  check_bound(linear.bias, 50);
  const nn::Conv2d conv{{.in = 6, .out = 32, .kernel = 5, .groups = 2}};
  CHECK(conv.weight.shape() == Shape{32, 5, 5, 3});
  check_bound(conv.weight, 75);
  check_bound(conv.bias, 75);
  const nn::ConvTranspose2d up{{.in = 4, .out = 32, .kernel = 3}};
  CHECK(up.weight.shape() == Shape{4, 3, 3, 32});
  check_bound(up.weight, 288);
  check_bound(up.bias, 288);
}

TEST_CASE("layers: shapes") {
  CHECK(result_of(nn::Linear{{.in = 5, .out = 7}}, {3, 5}) == Shape{3, 7});
  CHECK(result_of(nn::Linear{{.in = 5, .out = 7}}, {5}) == Shape{7});
  CHECK(result_of(nn::Linear{{.in = 5, .out = 7}}, {2, 3, 5}) == Shape{2, 3, 7});
  CHECK(result_of(nn::Conv2d{{.in = 1, .out = 8, .stride = 2, .pad = 1}}, {2, 9, 8, 1}) ==
        Shape{2, 5, 4, 8});
  CHECK(result_of(nn::ConvTranspose2d{{.in = 4, .out = 3, .stride = 2, .pad = 1, .output_pad = 1}},
                  {2, 7, 7, 4}) == Shape{2, 14, 14, 3});
  CHECK(result_of(nn::MaxPool2d{{.kernel = 2}}, {2, 8, 6, 3}) == Shape{2, 4, 3, 3});
  CHECK(result_of(nn::Flatten{}, {2, 8, 6, 3}) == Shape{2, 144});
  CHECK(result_of(nn::Dropout{0.5}, {2, 3}) == Shape{2, 3});
}

TEST_CASE("linear: y = x W^T + b") {
  const nn::Linear linear{{.in = 2, .out = 3}};
  linear.weight.state()->set_values(std::vector<float>{1, 2, 3, 4, 5, 6});
  linear.bias.state()->set_values(std::vector<float>{10, 20, 30});
  Trace trace;
  const Tensor y = linear(trace.input("x", {Shape{1, 2}, DType::f32}));
  trace.graph().outputs = {y.node()};
  CHECK(evaluate(trace.graph(), std::vector<Values>{{1, -1}})[0] == Values{9, 19, 29});
}

TEST_CASE("linear: a low-rank change is merged into its weight, and the result stays") {
  struct Pair {
    nn::Linear first{{.in = 2, .out = 3, .lora_rank = 1}}, second{{.in = 3, .out = 1}};
    LEMNOS_FIELDS(first, second)
  } const pair;
  pair.first.weight.state()->set_values(std::vector<float>{1, 2, 3, 4, 5, 6});
  pair.first.bias.state()->set_values(std::vector<float>{10, 20, 30});
  pair.first.lora_a.state()->set_values(std::vector<float>{1, -3});
  pair.first.lora_b.state()->set_values(std::vector<float>{2, 0, -1});
  const auto result = [&] {
    Trace trace;
    const Tensor y = pair.first(trace.input("x", {Shape{1, 2}, DType::f32}));
    trace.graph().outputs = {y.node()};
    return evaluate(trace.graph(), std::vector<Values>{{2, -1}})[0];
  };
  const Values before = result();
  CHECK(before == Values{20, 22, 29});
  const auto second = pair.second.weight.state()->values();
  std::vector<std::string> names;
  for (const Parameter& each : nn::merge_lora(named_parameters(pair))) names.push_back(each.name);
  CHECK(names ==
        std::vector<std::string>{"first.weight", "first.bias", "second.weight", "second.bias"});
  CHECK(pair.first.weight.state()->values() == std::vector<float>{3, -4, 3, 4, 4, 9});
  CHECK(pair.second.weight.state()->values() == second);
  CHECK(result() == before);
  nn::merge_lora(named_parameters(pair.first));  // again: nothing is left to add
  CHECK(result() == before);
}

TEST_CASE("layer_norm: starts as plain normalisation, with or without a bias") {
  const Values x{1, 3, -2, 2};
  for (const bool bias : {true, false}) {
    const nn::LayerNorm norm{{.size = 2, .epsilon = 0, .bias = bias}};
    CHECK(parameters(norm).size() == (bias ? 2 : 1));
    Trace trace;
    trace.graph().outputs = {norm(trace.input("x", {Shape{2, 2}, DType::f32})).node()};
    CHECK(evaluate(trace.graph(), std::vector<Values>{x})[0] == Values{-1, 1, -1, 1});
  }
}

TEST_CASE("rms_norm: starts as plain division by the root of the mean square") {
  const nn::RmsNorm norm{{.size = 2, .epsilon = 0}};
  Trace trace;
  trace.graph().outputs = {norm(trace.input("x", {Shape{1, 2}, DType::f32})).node()};
  const Values y = evaluate(trace.graph(), std::vector<Values>{{3, 4}})[0];
  CHECK(y[0] == doctest::Approx(3 / std::sqrt(12.5)));
  CHECK(y[1] == doctest::Approx(4 / std::sqrt(12.5)));
}

TEST_CASE("batch_norm: its statistics are saved, but no optimizer trains them") {
  const nn::BatchNorm norm{{.size = 3}};
  std::vector<std::string> names;
  for (const Parameter& each : named_parameters(norm)) names.push_back(each.name);
  CHECK(names == std::vector<std::string>{"weight", "bias", "running_mean", "running_variance"});
  CHECK(parameters(norm).size() == 2);
  CHECK(optim::Adam(named_parameters(norm)).parameters().size() == 2);
}

TEST_CASE("batch_norm: training takes the batch's statistics, what is not takes running ones") {
  if (!have_device()) return;
  const nn::BatchNorm norm{{.size = 2, .epsilon = 0, .momentum = 0.25}};
  const auto values = [](const nn::Statistic& s) { return s.tensor.state()->values(); };
  auto train = compile([&](const Tensor& x) { return norm(x); });
  auto predict = compile([&](const Tensor& x) { return norm(x); }, {.training = false});
  const Shape shape{2, 2, 2};
  const std::vector<float> x{1, 8, 3, 8, 1, 4, 3, 4};  // means 2 and 6, variances 1 and 4
  CHECK(train(Feed(shape, x)).values() == std::vector<float>{-1, 1, 1, 1, -1, -1, 1, -1});
  const std::vector<float> mean{0.5f, 1.5f};
  const std::vector<float> variance{0.75f + 1 / 3.f, 0.75f + 4 / 3.f};  // unbiased, of 4 values
  const auto check_running = [&] {
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(values(norm.running_mean)[i] == doctest::Approx(mean[i]));
      CHECK(values(norm.running_variance)[i] == doctest::Approx(variance[i]));
    }
  };
  check_running();
  const std::vector<float> predicted = predict(Feed(shape, x)).values();
  for (std::size_t i = 0; i < x.size(); ++i)
    CHECK(predicted[i] == doctest::Approx((x[i] - mean[i % 2]) / std::sqrt(variance[i % 2])));
  check_running();
  std::vector<float> broken = x;
  broken[0] = NAN;
  broken[1] = INFINITY;
  CHECK(std::isnan(train(Feed(shape, broken)).values()[0]));
  check_running();
}

TEST_CASE("group_norm: starts as plain normalisation of each group") {
  const nn::GroupNorm norm{{.size = 4, .groups = 2, .epsilon = 0}};
  CHECK(parameters(norm).size() == 2);
  Trace trace;
  trace.graph().outputs = {norm(trace.input("x", {Shape{1, 2, 4}, DType::f32})).node()};
  CHECK(evaluate(trace.graph(), std::vector<Values>{{1, 3, 0, 4, 3, 1, 4, 0}})[0] ==
        Values{-1, 1, -1, 1, 1, -1, 1, -1});
}

TEST_CASE("embedding: standard normal, the padding id's vector zero, ids of any rank") {
  seed(3);
  const nn::Embedding table{{.ids = 1000, .width = 8, .padding = 2}};
  const std::vector<float> values = table.weight.state()->values();
  double squares = 0;
  for (const float x : values) squares += double(x) * x;
  CHECK(squares / 8000 == doctest::Approx(1).epsilon(0.05));
  for (std::size_t i = 16; i < 24; ++i) CHECK(values[i] == 0);
  CHECK(values[15] != 0);
  CHECK(values[24] != 0);
  Trace trace;
  CHECK(table(trace.input("ids", {Shape{2, 3, 5}, DType::u32})).shape() == Shape{2, 3, 5, 8});
}

TEST_CASE("layers: without a bias there is one parameter") {
  CHECK(parameters(nn::Linear{{.in = 2, .out = 3, .bias = false}}).size() == 1);
  CHECK(parameters(nn::Conv2d{{.in = 2, .out = 3, .bias = false}}).size() == 1);
  CHECK(parameters(nn::ConvTranspose2d{{.in = 2, .out = 3, .bias = false}}).size() == 1);
}

TEST_CASE("layers: an input that does not fit is an error with both sizes and the caller's line") {
  const auto error_of = [](const auto& layer, const Shape& x) -> std::string {
    try {
      result_of(layer, x);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  const std::string linear = error_of(nn::Linear{{.in = 5, .out = 7}}, {3, 4});
  CHECK(linear.starts_with("linear: takes [..., 5], x is [3, 4]\n  at layers_test.cpp"));
  CHECK(error_of(nn::Conv2d{{.in = 3, .out = 7}}, {1, 8, 8, 4})
            .starts_with("conv2d: takes images [N, H, W, 3], x is [1, 8, 8, 4]"));
  CHECK(error_of(nn::ConvTranspose2d{{.in = 3, .out = 7}}, {8, 8, 3})
            .starts_with("conv_transpose2d: takes images [N, H, W, 3], x is [8, 8, 3]"));
}

TEST_CASE("layers: impossible options are wrong usage") {
  CHECK_THROWS_AS((nn::Linear{{.in = 0, .out = 7}}), Error);
  CHECK_THROWS_AS((nn::Conv2d{{.in = 3, .out = 4, .groups = 2}}), Error);
  CHECK_THROWS_AS((nn::LayerNorm{{}}), Error);
  CHECK_THROWS_AS((nn::RmsNorm{{}}), Error);
  CHECK_THROWS_AS((nn::Embedding{{.ids = 3}}), Error);
  CHECK_THROWS_AS((nn::Embedding{{.ids = 3, .width = 2, .padding = 3}}), Error);
  CHECK_THROWS_AS((nn::ConvTranspose2d{{.in = 3, .out = -1}}), Error);
  CHECK_THROWS_WITH_AS(nn::Activation("rely"), doctest::Contains("relu, leaky_relu"), Error);
}

TEST_CASE("activation: the name says the function") {
  Trace trace;
  const Tensor x = trace.input("x", {Shape{1}, DType::f32});
  for (const char* name : {"relu", "leaky_relu", "elu", "tanh", "none"})
    trace.graph().outputs.push_back(nn::Activation(name)(x).node());
  const auto y = evaluate(trace.graph(), std::vector<Values>{{-2}});
  CHECK(y[0][0] == 0);
  CHECK(y[1][0] == doctest::Approx(-0.02));
  CHECK(y[2][0] == doctest::Approx(std::expm1(-2.0)));
  CHECK(y[3][0] == doctest::Approx(std::tanh(-2.0)));
  CHECK(y[4][0] == -2);
}

}  // namespace lemnos::test
