// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "nn/insight/layer_statistics.h"
#include "nn/optim/sgd.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/autodiff/backward.h"
#include "runtime/doctor/session.h"
#include "tests/nn/train/made.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

std::uint64_t count_of(const Histogram& histogram) {
  return std::accumulate(histogram.counts.begin(), histogram.counts.end(),
                         std::uint64_t{histogram.below} + histogram.above);
}

data::Dataset prepared(const Made& made, data::Dataset data) {
  return made.preprocessing.apply(std::move(data));
}

// Without the rounding of sums: for lists of a few thousand numbers.
double norm_of(std::span<const float> values) {
  double squares = 0;
  for (const float x : values) squares += double{x} * x;
  return std::sqrt(squares);
}

const ParameterStatistics& of(const LayersLook& look, std::string_view name) {
  for (const ParameterStatistics& each : look.parameters)
    if (each.name == name) return each;
  throw std::runtime_error("no such parameter");
}

}  // namespace

TEST_CASE("histogram: 64 bins from the smallest to the largest value, each value in one") {
  Floats values(65);
  std::iota(values.begin(), values.end(), 0.0f);
  const Histogram histogram = histogram_of(values);
  CHECK(histogram.low == 0);
  CHECK(histogram.high == 64);
  REQUIRE(histogram.counts.size() == 64);
  for (std::size_t bin = 0; bin < 63; ++bin) CHECK(histogram.counts[bin] == 1);
  CHECK(histogram.counts[63] == 2);  // 63 and 64
  CHECK(count_of(histogram) == 65);
}

TEST_CASE("histogram: a few values far out are counted, and do not set the range") {
  Floats values(4000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 100) / 100;
  values[7] = 1e6f;
  values[8] = -1e6f;
  const Histogram histogram = histogram_of(values);
  CHECK(histogram.low == 0);
  CHECK(histogram.high == doctest::Approx(0.99));
  CHECK(histogram.below == 1);
  CHECK(histogram.above == 1);
  CHECK(count_of(histogram) == 4000);
}

TEST_CASE("histogram: one value, rare values, no finite values") {
  const Histogram same = histogram_of(Floats(10, 3.0f));
  CHECK(same.low < 3);
  CHECK(same.high > 3);
  CHECK(count_of(same) == 10);
  CHECK(histogram_of(Floats(3, 0.0f)).low < 0);
  Floats rare(5000);
  rare[4] = 2;  // one of 5000: the range without the last 0.1 % would be 0 to 0
  CHECK(histogram_of(rare).high == 2);
  CHECK(count_of(histogram_of(rare)) == 5000);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(histogram_of(Floats{nan, nan}).counts.empty());
  CHECK(histogram_of(Floats{}).counts.empty());
}

TEST_CASE("statistics: mean, deviation, range, zeros, and what is not finite") {
  const float inf = std::numeric_limits<float>::infinity();
  const ValueStatistics made = statistics_of(Floats{0, 2, 0, 6, inf, -inf}, 12, 49);
  CHECK(made.elements == 12);
  CHECK(made.looked_at == 6);
  CHECK(made.not_finite == 2);
  CHECK(made.mean == 2);
  CHECK(made.deviation == doctest::Approx(std::sqrt(6.0)));
  CHECK(made.least == 0);
  CHECK(made.most == 6);
  CHECK(made.zeros == 0.5);
  CHECK(made.norm == 7);
}

TEST_CASE("layer statistics: weights and gradients are those read directly, and of now") {
  if (!have_device()) return;
  const Made made("mlp", data::blobs(20), {{"hidden", "5"}});
  const data::Dataset data = prepared(made, data::blobs(20));
  LayerStatistics statistics(*made.task, made.task->parameters(), data.train, 20);
  LayersLook look = statistics.look();
  REQUIRE(look.parameters.size() == 4);

  std::vector<Tensor> tensors;
  for (const Parameter& each : made.task->parameters()) tensors.push_back(each.tensor);
  auto slopes = compile([&](Tensor x, Tensor y) { return grad(made.task->loss(x, y), tensors); },
                        {.training = false});
  const auto direct = slopes(data.train.inputs, data.train.targets);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, weights, gradients] = look.parameters[i];
    CAPTURE(name);
    const Floats values = direct[i].values();
    CHECK(gradients.norm == doctest::Approx(norm_of(values)).epsilon(1e-5));
    CHECK(gradients.least == doctest::Approx(*std::ranges::min_element(values)));
    CHECK(gradients.most == doctest::Approx(*std::ranges::max_element(values)));
    CHECK(weights.norm == doctest::Approx(norm_of(made.parameter(name))).epsilon(1e-5));
    CHECK(count_of(weights.histogram) == static_cast<std::uint64_t>(tensors[i].elements()));
  }

  const std::uint64_t compiled = device()->counters().pipelines_created;
  made.state("layers.0.bias").set_values(Floats(5, 2.0f));
  look = statistics.look();
  CHECK(of(look, "layers.0.bias").weights.mean == 2);
  CHECK(device()->counters().pipelines_created == compiled);
}

TEST_CASE("layer statistics: layers' results are named as the layers, in order") {
  if (!have_device()) return;
  const Made made("cnn", data::tiny_images(12), {});
  const data::Dataset data = prepared(made, data::tiny_images(12));
  const LayersLook look =
      LayerStatistics(*made.task, made.task->parameters(), data.train, 6).look();
  REQUIRE(look.activations.size() >= 3);
  CHECK(look.activations[0].kind == "conv2d");
  for (const ActivationStatistics& each : look.activations) {
    CAPTURE(each.name);
    const auto owns = [&](const Parameter& p) { return p.name.starts_with(each.name + "."); };
    CHECK(std::ranges::any_of(made.task->parameters(), owns));
    CHECK(each.values.elements > 0);
    CHECK(each.values.deviation > 0);
  }
  CHECK(look.activations.back().values.elements == 6 * 4);  // logits
}

TEST_CASE("layer statistics: of two parts each has the gradients of its own loss") {
  if (!have_device()) return;
  const data::Dataset images = without_targets(data::tiny_images(8));
  const Made made("dcgan", images, {{"filters", "4"}, {"latent", "4"}});
  const data::Dataset data = prepared(made, images);
  const LayersLook look =
      LayerStatistics(*made.task, made.task->parameters(), data.train, 8).look();
  for (const ParameterStatistics& each : look.parameters) {
    CAPTURE(each.name);
    CHECK(std::isfinite(each.gradients.norm));
    if (each.name.ends_with("weight")) CHECK(each.gradients.norm > 0);
  }
}

TEST_CASE("layer statistics: a large tensor is looked at by pieces, its norm is of all") {
  if (!have_device()) return;
  const Made large("mlp", data::blobs(4), {{"hidden", "300,300"}});
  const data::Dataset data = prepared(large, data::blobs(4));
  Floats values(90000);
  std::iota(values.begin(), values.end(), 0.0f);
  large.state("layers.1.weight").set_values(values);
  const auto weights = of(LayerStatistics(*large.task, large.task->parameters(), data.train).look(),
                          "layers.1.weight")
                           .weights;
  CHECK(weights.elements == 90000);
  CHECK(weights.looked_at == LayerStatistics::most_elements);
  CHECK(weights.least == 0);
  CHECK(weights.most == 15 * (90000 / 16) + 4095);  // the last of the last piece
  CHECK(weights.norm == doctest::Approx(norm_of(values)).epsilon(1e-5));
}

TEST_CASE("update ratios: how far one update moved each parameter, by its length") {
  if (!have_device()) return;
  const Made made("mlp", data::blobs(20), {{"hidden", "5"}});
  optim::Sgd optimizer(made.task->parameters(), {.lr = 0.1});
  UpdateRatios ratios(made.task->parameters());
  ratios.before();
  for (const double each : ratios.after()) CHECK(each == 0);
  const std::uint64_t compiled = device()->counters().pipelines_created;
  const Floats old = made.parameter("layers.0.weight");
  Floats moved = old;
  for (float& x : moved) x *= 1.25f;
  ratios.before();
  made.state("layers.0.weight").set_values(moved);
  made.state("layers.1.bias").set_values(Floats(2, 7.0f));
  const auto after = ratios.after();
  REQUIRE(after.size() == 4);
  CHECK(after[0] == doctest::Approx(0.25));
  CHECK(after[1] == 0);
  CHECK(after[2] == 0);
  CHECK(device()->counters().pipelines_created == compiled);
}

}  // namespace lemnos::test
