// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "data/datasets/scenes.h"
#include "nn/insight.h"
#include "nn/insight/latent_space.h"
#include "nn/insight/predictions.h"
#include "nn/insight/row_look.h"
#include "nn/insight/spread.h"
#include "nn/train/evaluator.h"
#include "ops/random/random.h"
#include "runtime/doctor/session.h"
#include "tests/nn/train/fixture.h"
#include "tests/nn/train/made.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

const std::vector<Setting> tiny_vae{{"latent", "3"}, {"filters", "4"}, {"hidden", "8"}};

std::uint64_t pipelines() { return device()->counters().pipelines_created; }

void check_same(const data::Array& a, const data::Array& b, double most = 1e-6) {
  REQUIRE(a.shape == b.shape);
  for (std::size_t i = 0; i < a.as<float>().size(); ++i)
    CHECK(std::abs(a.as<float>()[i] - b.as<float>()[i]) <= most);
}

}  // namespace

TEST_CASE("rows to look at: in order, evenly spread, all where there are few") {
  CHECK(spread_rows(10, 4) == std::vector<std::uint32_t>{0, 2, 5, 7});
  CHECK(spread_rows(3, 8) == std::vector<std::uint32_t>{0, 1, 2});
}

TEST_CASE("class figures: precision by columns, recall by rows, 0 without cases") {
  const auto figures = class_figures({{3, 1, 0}, {2, 4, 0}, {0, 0, 0}});
  CHECK(figures[0].precision == 0.6);
  CHECK(figures[0].recall == 0.75);
  CHECK(figures[1].rows == 6);
  CHECK(figures[2].precision == 0);
  CHECK(figures[2].recall == 0);
}

TEST_CASE("mistakes: only rows taken for another class, the largest loss first") {
  const auto p = data::Array::of<float>({4, 2}, {0.9f, 0.1f, 0.6f, 0.4f, 0.2f, 0.8f, 0.99f, 0.01f});
  const std::vector<std::uint32_t> labels{0, 1, 1, 1};
  const auto mistakes = worst_mistakes(p, labels, 5);
  REQUIRE(mistakes.size() == 2);
  CHECK(mistakes[0].row == 3);
  CHECK(mistakes[0].predicted == 0);
  CHECK(mistakes[0].probability == 0.99f);
  CHECK(mistakes[0].loss == doctest::Approx(-std::log(0.01)));
  CHECK(mistakes[1].row == 1);
  CHECK(worst_mistakes(p, labels, 1).size() == 1);
}

TEST_CASE("predictions: of all held-out rows the confusion is the evaluation's") {
  if (!have_device()) return;
  for (const char* model : {"logistic_regression", "mlp"}) {
    const Made made(model, data::tiny_images(80), {});
    const data::Dataset data = made.preprocessing.apply(data::tiny_images(80));
    Predictions predictions(*made.task, data);
    const PredictionsLook look = predictions.look();
    Evaluator evaluator(*made.task, data.test, 1);
    const Metrics metrics = evaluator.run();
    CHECK(look.confusion == *metrics.confusion);
    CHECK(look.accuracy == doctest::Approx(metrics.at("accuracy")));
    CHECK(look.rows == data.test.rows());
    CHECK(look.held_out);
    REQUIRE(!look.mistakes.empty());
    CHECK(look.pictures.rows() == std::ssize(look.mistakes));
    const Mistake& worst = look.mistakes[0];
    CHECK(data.test.targets.as<std::uint32_t>()[worst.row] == worst.truth);
    CHECK(std::ranges::equal(look.pictures.row(0), data.test.inputs.row(worst.row)));
    const std::uint64_t compiled = pipelines();
    predictions.look();
    CHECK(pipelines() == compiled);
  }
  const Made number("mlp", data::linear(20), {});
  CHECK(!Predictions::possible(*number.task, data::linear(20)));
}

TEST_CASE(
    "found boxes: of evenly spread held-out images what the model detects, and what is there") {
  if (!have_device()) return;
  const auto scenes = [] { return data::scenes(data::tiny_images(80), 12, 20, 3); };
  const Made made("detector", scenes(), {{"halvings", "4,4,4"}, {"neck", "8"}});
  const data::Dataset data = made.preprocessing.apply(scenes());
  State& bias = made.state("head.bias");  // its fifth: whether there is a box
  Floats values = bias.values();
  values[4] = 3;
  bias.set_values(values);
  FoundBoxes boxes(*made.task, data, 5);
  const BoxesLook look = boxes.look();
  CHECK(look.rows == std::vector<std::uint32_t>{0, 4, 8, 12, 16});
  REQUIRE(look.judged.size() == 5);
  const data::Array direct =
      answers(look.images, [&](const Tensor& x) { return std::vector{made.task->detect(x)}; })[0];
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(std::ranges::equal(look.images.row(i), data.test.inputs.row(look.rows[i])));
    const auto truth = data.test.targets.as<float>().subspan(look.rows[i] * 20, 20);
    std::size_t there = 0;
    while (there < 4 && truth[there * 5] >= 0) ++there;
    REQUIRE(look.judged[i].truth.size() == there);
    CHECK(look.judged[i].truth[0].label == static_cast<std::uint32_t>(truth[0]));
    CHECK(look.judged[i].truth[0].box.x == truth[1]);
    const auto size = direct.as<float>().size() / 5;
    const auto found =
        detections_of(direct.as<float>().subspan(i * size, size), 4, shown_from, Labels::surest);
    REQUIRE(!found.empty());
    REQUIRE(look.judged[i].found.size() == found.size());
    CHECK(look.judged[i].found[0].label == found[0].label);
    CHECK(look.judged[i].found[0].score == doctest::Approx(found[0].score));
  }
  const std::uint64_t compiled = pipelines();
  boxes.look();
  CHECK(pipelines() == compiled);
  const Made none("mlp", data::tiny_images(20), {});
  CHECK_THROWS_AS(FoundBoxes(*none.task, data::tiny_images(20)), Error);
}

TEST_CASE("row looks: attention, saliency and scores of one row, as asked for directly") {
  if (!have_device()) return;
  const Made vit("vit", data::tiny_images(6), {{"embedding", "8"}, {"heads", "2"}});
  RowLooks looks(*vit.task);
  const std::uint32_t third = 2, fourth = 3;
  const data::Array row = vit.inputs.take({&third, 1});
  const RowLook look = looks.at(row);
  const auto direct = answers(row, [&](const Tensor& x) { return attention_maps(*vit.task, x); });
  REQUIRE(look.attention.size() == direct.size());
  CHECK(look.attention[0].shape == Shape{2, 4, 4});
  check_same(look.attention.back(), data::Array(direct.back()).reshaped({2, 4, 4}));
  CHECK(look.saliency.shape == Shape{8, 8, 1});
  CHECK(look.scores.size() == 4);
  const std::uint64_t compiled = pipelines();
  looks.at(vit.inputs.take({&fourth, 1}));
  CHECK(pipelines() == compiled);

  const Made bert("bert", running_text(), {{"width", "8"}, {"heads", "2"}, {"layers", "1"}});
  const std::uint32_t first = 0;
  const RowLook only_attends = RowLooks(*bert.task).at(bert.inputs.take({&first, 1}));
  CHECK(only_attends.attention.size() == 1);
  CHECK(only_attends.saliency.empty());
  CHECK(only_attends.scores.empty());
}

TEST_CASE("first filters: the weights of a convolution that looks at the image, else none") {
  if (!have_device()) return;
  const Made vae("conv_vae", data::tiny_images(4), tiny_vae);
  const FirstFilters filters(*vae.task, vae.inputs);
  REQUIRE(filters.any());
  CHECK(filters.look().shape == Shape{4, 3, 3, 1});
  CHECK(std::ranges::equal(filters.look().as<float>(), vae.parameter("conv1.weight")));
  const Made mlp("mlp", data::tiny_images(4), {});
  CHECK(!FirstFilters(*mlp.task, mlp.inputs).any());
  CHECK(FirstFilters(*mlp.task, mlp.inputs).look().empty());
}

TEST_CASE("continuation: the same text of the same weights, nothing compiled twice") {
  if (!have_device()) return;
  const Made gpt("gpt", running_text(), {{"width", "8"}, {"heads", "2"}, {"layers", "1"}});
  Continuation continuation(*gpt.task, gpt.preprocessing);
  const Sampling sampling{.temperature = 0.8, .seed = 3};
  const std::string text = continuation.write("one two", 5, sampling);
  const std::uint64_t compiled = pipelines();
  CHECK(continuation.write("one two", 5, sampling) == text);
  CHECK(pipelines() == compiled);
  const Made mlp("mlp", data::blobs(4), {});
  CHECK(says(error_text([&] { Continuation(*mlp.task, mlp.preprocessing); }), "does not write"));
}

TEST_CASE("principal axes: of points on a line the line, of a known spread its directions") {
  // Along (3, 4) / 5 by 5 t, across it not at all.
  const Floats line{1 + 3, 2 + 4, 1 - 3, 2 - 4, 1, 2};
  const PrincipalAxes found = principal_axes(line, 2);
  CHECK(found.mean[0] == doctest::Approx(1));
  CHECK(found.axes[0][0] == doctest::Approx(0.6));
  CHECK(found.axes[0][1] == doctest::Approx(0.8));
  CHECK(found.scales[0] == doctest::Approx(5 * std::sqrt(2.0 / 3)));
  CHECK(found.scales[1] == doctest::Approx(0));
  CHECK(found.project(std::span(line).first(2), 2)[0] == doctest::Approx(5));

  // Three axes at right angles that are none of the coordinates'.
  Floats points;
  const double axes[3][3] = {
      {2. / 3, 2. / 3, 1. / 3}, {-2. / 3, 1. / 3, 2. / 3}, {1. / 3, -2. / 3, 2. / 3}};
  for (const auto& [axis, size] : {std::pair{0, 3.0}, {1, 2.0}, {2, 1.0}})
    for (const double sign : {-1.0, 1.0})
      for (const double part : axes[axis]) points.push_back(static_cast<float>(sign * size * part));
  const PrincipalAxes three = principal_axes(points, 3);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    CHECK(three.scales[axis] == doctest::Approx((3 - double(axis)) * std::sqrt(1. / 3)));
    double along = 0;
    for (std::size_t i = 0; i < 3; ++i) along += three.axes[axis][i] * axes[axis][i];
    CHECK(std::abs(along) == doctest::Approx(1));
  }
  const auto back = three.point(three.project(std::span(points).first(3), 3));
  for (std::size_t i = 0; i < 3; ++i) CHECK(back[i] == doctest::Approx(points[i]));
  CHECK(principal_axes({}, 4).axes[2][2] == 1);
}

TEST_CASE("latent space: codes are the features, and decode to the reconstructions") {
  if (!have_device()) return;
  const Made vae("conv_vae", data::tiny_images(20), tiny_vae);
  const data::Dataset data = vae.preprocessing.apply_to_inputs(data::tiny_images(20));
  LatentSpace space(*vae.task, data, 4);
  const LatentLook look = space.look();
  CHECK(look.codes.shape == Shape{4, 3});
  CHECK(look.labels.size() == 4);
  CHECK(look.classes.size() == 4);
  CHECK(look.axes.scales[0] >= look.axes.scales[2]);
  const data::Array decoded = space.decode(look.codes.as<float>());
  check_same(decoded, answers(space.images(), [&](const Tensor& x) {
               return std::vector{vae.task->reconstruct(x).back()};
             })[0]);
  const std::uint64_t compiled = pipelines();
  space.look();
  space.decode(look.codes.as<float>());
  CHECK(pipelines() == compiled);
  CHECK(says(error_text([&] { space.decode(Floats{1, 2}); }), "no codes of 3"));
}

TEST_CASE("decode: of the numbers that sample draws it makes the same images") {
  if (!have_device()) return;
  for (const char* model : {"conv_vae", "dcgan"}) {
    const Made made(model, data::tiny_images(4), {{"latent", "3"}, {"filters", "4"}});
    CHECK(made.task->generates());
    CHECK(made.task->latent() == 3);
    const Ask drawn = [&](const Tensor&) { return std::vector{normal(Shape{4, 3})}; };
    const Ask sampled = [&](const Tensor&) { return std::vector{made.task->sample(4)}; };
    LatentSpace space(*made.task, without_targets(data::tiny_images(4)), 4);
    check_same(space.decode(answers(made.inputs, drawn)[0].as<float>()),
               answers(made.inputs, sampled)[0]);
  }
}

TEST_CASE("latent space: a generator that encodes nothing has the codes' own axes") {
  if (!have_device()) return;
  const Made gan("dcgan", data::tiny_images(4), {{"latent", "3"}, {"filters", "4"}});
  LatentSpace space(*gan.task, without_targets(data::tiny_images(4)));
  const LatentLook look = space.look();
  CHECK(look.codes.empty());
  CHECK(look.labels.empty());
  CHECK(look.axes.scales == std::vector<double>{1, 1, 1});
  CHECK(space.decode(Floats{0, 0, 0}).shape == Shape{1, 8, 8, 1});
  const Made mlp("mlp", data::blobs(4), {});
  CHECK(!LatentSpace::possible(*mlp.task));
}

TEST_CASE("between: two codes, and what lies a part of the way") {
  CHECK(between(Floats{0, 2}, Floats{4, 4}, 0.25) == Floats{1, 2.5});
}

}  // namespace lemnos::test
