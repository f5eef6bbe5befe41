// SPDX-License-Identifier: Apache-2.0
// What a generative adversarial network is judged by.
#include <doctest/doctest.h>

#include "nn/init.h"
#include "nn/models/dcgan.h"
#include "nn/train/evaluator.h"
#include "nn/train/models.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

constexpr std::int64_t rows = 24;

data::Dataset noise_images() {
  data::Dataset made{.name = "noise"};
  made.test.inputs = data::Array::zeros(DType::u8, Shape{rows, 8, 8, 1});
  std::uint32_t word = 1;
  for (std::uint8_t& pixel : made.test.inputs.as<std::uint8_t>())
    pixel = static_cast<std::uint8_t>((word = word * 1664525u + 1013904223u) >> 24);
  made.train = made.test;
  return made;
}

Metrics judged(const std::shared_ptr<nn::Dcgan>& gan, const data::Dataset& dataset) {
  const auto task = adversarial(
      named_parameters(*gan),
      {.generate = [gan](const Tensor& z) { return gan->generate(z); },
       .discriminate = [gan](const Tensor& images) { return gan->discriminate(images); },
       .features = [gan](const Tensor& images) { return gan->features(images); },
       .latent = gan->config.latent});
  return Evaluator(*task, dataset.test, 1, ExecOptions::from_environment()).run();
}

}  // namespace

TEST_CASE("adversarial: the diversity of a generator that ignores its input is nothing") {
  if (!have_device()) return;
  seed(3);
  const data::Dataset dataset = noise_images();
  const auto gan = std::make_shared<nn::Dcgan>(
      nn::Dcgan::Config{.height = 8, .width = 8, .latent = 4, .filters = 4});
  const double before = judged(gan, dataset).at("diversity");
  CHECK(before > 1e-3);
  std::vector<float> none(static_cast<std::size_t>(gan->generator.dense.weight.elements()));
  gan->generator.dense.weight.state()->set_values(none);
  CHECK(judged(gan, dataset).at("diversity") < 1e-9);
}

}  // namespace lemnos::test
