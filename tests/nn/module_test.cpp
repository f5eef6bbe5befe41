// SPDX-License-Identifier: Apache-2.0
#include "nn/module.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/init.h"
#include "runtime/base/error.h"
#include "runtime/base/philox.h"
#include "runtime/graph/trace.h"

namespace lemnos::test {
namespace {

struct Leaf {
  Tensor weight = nn::init::zeros({2, 3}), bias;
  LEMNOS_FIELDS(weight, bias)
};

struct Nothing {
  LEMNOS_FIELDS()
};

struct Tree {
  Leaf first;
  std::vector<Leaf> blocks = std::vector<Leaf>(2);
  std::array<Tensor, 2> scales{nn::init::zeros({1}), nn::init::zeros({1})};
  Nothing nothing;
  Tensor shared = first.weight;
  LEMNOS_FIELDS(first, blocks, scales, nothing, shared)
};

std::vector<float> values(const Tensor& tensor) { return tensor.state()->values(); }

}  // namespace

TEST_CASE("module: parameters are named by path, in field order, without empty and shared ones") {
  Tree tree;
  std::vector<std::string> names;
  for (const Parameter& parameter : named_parameters(tree)) names.push_back(parameter.name);
  const std::vector<std::string> expected{"first.weight", "blocks.0.weight", "blocks.1.weight",
                                          "scales.0", "scales.1"};
  CHECK(names == expected);
  CHECK(parameters(tree).size() == 5);
}

TEST_CASE("module: a copy has the same parameters") {
  const Leaf leaf;
  const Leaf copy = leaf;
  leaf.weight.state()->set_values(std::vector<float>(6, 2.5f));
  CHECK(values(copy.weight) == std::vector<float>(6, 2.5f));
}

TEST_CASE("module: a value computed in a function is no parameter") {
  Leaf leaf;
  Trace trace;
  leaf.bias = trace.input("x", {Shape{3}, DType::f32});
  CHECK_THROWS_WITH_AS(parameters(leaf), doctest::Contains("bias"), Error);
}

TEST_CASE("init: weights are Philox words of the parameter's number, the same for the same seed") {
  seed(77);
  const Tensor a = nn::init::uniform({3}, 0.5), b = nn::init::uniform({5}, 0.5);
  seed(77);
  CHECK(values(nn::init::uniform({3}, 0.5)) == values(a));
  CHECK(values(nn::init::uniform({5}, 0.5)) == values(b));
  CHECK(values(b)[4] == (2 * unit_float(philox_word(77, 1, 0, 4)) - 1) * 0.5f);
  seed(78);
  CHECK(values(nn::init::uniform({3}, 0.5)) != values(a));
  seed(0);
}

TEST_CASE("init: bounds and deviations are those of the names") {
  using namespace nn;
  struct Expected {
    Tensor tensor;
    double deviation;  // of a uniform number: bound / sqrt(3)
  };
  const Shape shape{300, 300};
  const Expected all[] = {{init::kaiming_uniform(shape, 24), std::sqrt(6.0 / 24 / 3)},
                          {init::kaiming_normal(shape, 24), std::sqrt(2.0 / 24)},
                          {init::xavier_uniform(shape, 24, 12), std::sqrt(6.0 / 36 / 3)},
                          {init::xavier_normal(shape, 24, 12), std::sqrt(2.0 / 36)},
                          {init::layer_default(shape, 16), 0.25 / std::sqrt(3.0)},
                          {init::constant(shape, 2), 2},
                          {init::zeros(shape), 0}};
  for (const auto& [tensor, deviation] : all) {
    double squares = 0;
    for (const float x : values(tensor)) squares += x * x;
    CHECK(std::sqrt(squares / 90000) == doctest::Approx(deviation).epsilon(0.01));
  }
}

}  // namespace lemnos::test
