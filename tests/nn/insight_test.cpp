// SPDX-License-Identifier: Apache-2.0
#include "nn/insight.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/init.h"
#include "nn/layers/attention.h"
#include "nn/layers/embedding.h"
#include "nn/tap.h"
#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "tests/golden/golden.h"
#include "tests/nn/train/fixture.h"
#include "tests/nn/train/made.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

const std::vector<Setting> small{{"width", "8"}, {"heads", "2"}, {"layers", "3"}};

std::vector<data::Array> maps_of(const Made& made, const data::Array& inputs) {
  return answers(
      inputs, [&](const Tensor& x) { return attention_maps(*made.task, x); }, 1);
}

data::Array saliency_of(const Made& made, const data::Array& inputs) {
  return answers(inputs, [&](const Tensor& x) { return std::vector{saliency(*made.task, x)}; })[0];
}

data::Array ids(const Shape& shape, std::initializer_list<std::int32_t> values) {
  return data::Array::of<std::int32_t>(shape, values);
}

// Calls each(row of the map, query, number in all).
template <class Each>
void each_row(const data::Array& map, Each each) {
  const auto keys = static_cast<std::size_t>(map.shape[-1]);
  const auto queries = static_cast<std::size_t>(map.shape[-2]);
  for (std::size_t row = 0; row * keys < map.as<float>().size(); ++row)
    each(map.as<float>().subspan(row * keys, keys), row % queries);
}

void check_sums(const data::Array& map) {
  each_row(map, [](auto row, std::size_t) {
    CHECK(std::accumulate(row.begin(), row.end(), 0.0) == doctest::Approx(1).epsilon(1e-5));
  });
}

}  // namespace

TEST_CASE("tap: takes what is offered while it lives, and nothing is made without one") {
  const nn::Embedding embedding({.ids = 5, .width = 2});
  const nn::MultiHeadAttention layer({.width = 4, .heads = 2});
  Trace trace;
  const Tensor some = trace.input("ids", {Shape{3}, DType::i32});
  {
    const nn::Tap outer(nn::Tapped::embeddings);
    embedding(some);
    {
      const nn::Tap inner(nn::Tapped::embeddings), other(nn::Tapped::attention);
      embedding(some);
      CHECK(inner.taken().size() == 1);
      CHECK(other.taken().empty());
    }
    CHECK(outer.taken().size() == 2);
    CHECK(outer.taken()[0].shape() == Shape{3, 2});
  }
  const Tensor x = trace.input("x", {Shape{1, 3, 4}, DType::f32});
  const auto attended = [&] {
    return std::ranges::count_if(trace.graph().nodes,
                                 [](const Node& node) { return node.op->name == "attention"; });
  };
  layer(x);
  CHECK(attended() == 1);
  attention_maps([&] { layer(x); });
  CHECK(attended() == 4);  // itself, and 3 keys of 2 features each
  layer(x);
  CHECK(attended() == 5);
}

TEST_CASE("attention maps: they are what a layer weighs its values with") {
  seed(5);
  const nn::MultiHeadAttention layer({.width = 12, .heads = 4, .kv_heads = 2, .causal = true});
  Trace trace;
  const Tensor x = trace.input("x", {Shape{2, 9, 12}, DType::f32});
  const Tensor lengths = trace.input("lengths", {Shape{2}, DType::i32});
  Tensor result;
  const auto maps = attention_maps([&] { result = layer(x, lengths); });
  REQUIRE(maps.size() == 1);
  REQUIRE(maps[0].shape() == Shape{2, 4, 9, 9});
  const Tensor values = layer.values(x);  // [2, 2, 9, 3], each for two heads
  const Tensor repeated = reshape(stack({values, values}, 2), Shape{2, 4, 9, 3});
  const Tensor joined = transpose(matmul(maps[0], repeated), {0, 2, 1, 3});
  const Tensor same = layer.o(reshape(joined, Shape{2, 9, 12}));
  trace.graph().outputs = {trace.resolve(result), trace.resolve(same)};
  const auto drawn = golden_values(3, 2 * 9 * 12);
  const auto outputs =
      evaluate(trace.graph(), std::vector{Values(drawn.begin(), drawn.end()), Values{9, 5}});
  for (std::size_t i = 0; i < outputs[0].size(); ++i)
    CHECK(outputs[1][i] == doctest::Approx(outputs[0][i]).epsilon(1e-12));
}

TEST_CASE("attention maps: of gpt, bert and vit a map for each layer, rows of 1, masks of 0") {
  if (!have_device()) return;
  const Made gpt("gpt", few_texts(), small);
  const auto looks_back = maps_of(gpt, gpt.inputs);
  REQUIRE(looks_back.size() == 3);
  for (const data::Array& map : looks_back) {
    CHECK(map.shape == Shape{4, 2, 7, 7});
    check_sums(map);
    each_row(map, [](auto row, std::size_t query) {
      for (std::size_t key = query + 1; key < 7; ++key) CHECK(row[key] == 0);
    });
  }
  const Made bert("bert", few_texts(), small);
  const auto both_sides = maps_of(bert, ids({2, 5}, {5, 6, 7, 0, 0, 5, 6, 7, 8, 9}));
  REQUIRE(both_sides.size() == 3);
  for (const data::Array& map : both_sides) {
    CHECK(map.shape == Shape{2, 2, 5, 5});
    check_sums(map);
    for (std::size_t i = 0; i < 2 * 25; ++i) CHECK((map.as<float>()[i] == 0) == (i % 5 >= 3));
    for (std::size_t i = 2 * 25; i < 4 * 25; ++i) CHECK(map.as<float>()[i] > 0);
  }
  const Made vit("vit", data::tiny_images(20), {{"embedding", "8"}, {"heads", "2"}});
  const auto patches = maps_of(vit, vit.inputs);
  REQUIRE(patches.size() == 4);
  CHECK(patches[3].shape == Shape{20, 2, 4, 4});  // patches of 4 x 4 pixels of 8 x 8
  check_sums(patches[3]);
  Trace trace;
  CHECK(attention_maps(*Made("lstm_classifier", few_texts(), {}).task,
                       trace.input("x", {Shape{1, 7}, DType::i32}))
            .empty());
}

TEST_CASE("saliency: of a linear classifier it is the weights of the likeliest class") {
  if (!have_device()) return;
  const Made many("logistic_regression", data::tiny_images(30), {});
  const data::Array found = saliency_of(many, many.inputs);
  CHECK(found.shape == Shape{30, 8, 8, 1});
  const data::Array predicted = many.ask(&Task::predict);
  const Floats weight = many.parameter("linear.weight");  // [4, 64]
  for (std::size_t row = 0; row < 30; ++row) {
    const auto p = predicted.as<float>().subspan(row * 4, 4);
    const auto best = static_cast<std::size_t>(std::ranges::max_element(p) - p.begin());
    for (std::size_t i = 0; i < 64; ++i)
      CHECK(found.as<float>()[row * 64 + i] == doctest::Approx(weight[best * 64 + i]));
  }
  // One logit: it is that of class 1, and of class 0 with the other sign.
  const Made two("logistic_regression", data::blobs(30), {});
  const data::Array signs = saliency_of(two, two.inputs), share = two.ask(&Task::predict);
  for (std::size_t row = 0; row < 30; ++row)
    CHECK(signs.as<float>()[row * 2] ==
          doctest::Approx(two.parameter("linear.weight")[0] *
                          (share.as<float>()[row * 2 + 1] > 0.5f ? 1 : -1)));
}

TEST_CASE("saliency: of a network it is what finite differences find, and so for numbers") {
  const auto check = [](const Made& made, const std::vector<double>& at) {
    const std::int64_t width = made.preprocessing.features();
    const auto rows = static_cast<std::int64_t>(at.size()) / width;
    Trace trace(false);
    const Tensor x = trace.input("x", {Shape{rows, width}, DType::f32});
    const Tensor scores = made.task->scores(x);
    trace.graph().outputs = {trace.resolve(saliency(*made.task, x)),
                             trace.resolve(max(scores, -1))};
    const Values found = evaluate(trace.graph(), {&at, 1})[0];
    REQUIRE(found.size() == at.size());
    for (std::size_t i = 0; i < at.size(); ++i) {
      const auto moved = [&](double by) {
        Values changed = at;
        changed[i] += by;
        return evaluate(trace.graph(), {&changed, 1})[1][i / static_cast<std::size_t>(width)];
      };
      CHECK(found[i] == doctest::Approx((moved(1e-5) - moved(-1e-5)) / 2e-5).epsilon(1e-7));
    }
  };
  check(Made("mlp", data::blobs(30), {{"activation", "tanh"}, {"hidden", "7,5"}}),
        {0.3, -1.2, 2.1, 0.4, -0.5, -0.7});
  check(Made("mlp", data::linear(30), {{"activation", "tanh"}}), {0.3, -1.2, 2.1, 0.4});
}

// The gradient by one row of the table is that by its token's embedding, where it stands once.
TEST_CASE("saliency: of a token it is the length of the gradient by its embedding") {
  const std::vector<double> text{5, 6, 8, 10, 0, 0};
  const auto check = [&](std::string_view model, const char* table, data::Dataset data,
                         std::vector<Setting> settings) {
    CAPTURE(model);
    const Made made(model, std::move(data), std::move(settings));
    Trace trace(false);
    const Tensor x = trace.input("ids", {Shape{1, 6}, DType::i32});
    trace.graph().outputs = {trace.resolve(saliency(*made.task, x)),
                             trace.resolve(max(made.task->scores(x), -1))};
    const Values found = evaluate(trace.graph(), {&text, 1})[0];
    REQUIRE(found.size() == 6);
    const Floats weights = made.parameter(table);
    State& state = made.state(table);
    const auto width = static_cast<std::size_t>(state.shape[1]);
    for (std::size_t token = 0; token < 4; ++token) {
      double squares = 0;
      for (std::size_t i = 0; i < width; ++i) {
        const std::size_t place = static_cast<std::size_t>(text[token]) * width + i;
        const auto moved = [&](float by) {
          Floats changed = weights;
          changed[place] += by;
          state.set_values(changed);
          const double score = evaluate(trace.graph(), {&text, 1})[1][0];
          return std::pair{double{changed[place]}, score};
        };
        const auto [low, below] = moved(-0x1p-9f);
        const auto [high, above] = moved(0x1p-9f);
        squares += std::pow((above - below) / (high - low), 2);
      }
      state.set_values(weights);
      CHECK(found[token] == doctest::Approx(std::sqrt(squares)).epsilon(1e-3));
      CHECK(found[token] > 0);
    }
    CHECK(found[4] == 0);  // padding
    CHECK(found[5] == 0);
  };
  check("lstm_classifier", "embedding.weight", few_texts(), {{"hidden", "6"}, {"embedding", "5"}});
  check("gpt", "tokens.weight", few_texts(), small);
  check("bert", "tokens.weight", few_texts(), small);
  check("gpt", "tokens.weight", running_text(), small);
}

TEST_CASE("saliency: models that decide nothing are refused by name of what is missing") {
  const Made bert("bert", running_text(), small);
  CHECK(!bert.task->decides());
  Trace trace(false);
  const Tensor x = trace.input("ids", {Shape{1, 6}, DType::i32});
  CHECK(says(error_text([&] { saliency(*bert.task, x); }), "decides nothing"));
}

}  // namespace lemnos::test
