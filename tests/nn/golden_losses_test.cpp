// SPDX-License-Identifier: Apache-2.0
// The first 50 losses of mlp 784-512-10 and conv_vae beside PyTorch's, from the same weights, noise
// and batches; tests/golden/loss_curves.py says how those are made.
#include <doctest/doctest.h>

#include <cstring>

#include "nn/models/conv_vae.h"
#include "nn/models/mlp.h"
#include "tests/nn/golden_curve.h"

namespace lemnos::test {
namespace {

constexpr std::size_t batch = 128, latent = 32, pixels = 784;
using Floats = std::vector<float>;

struct Batch {
  Floats images;  // [128, 784] in [0, 1]
  std::vector<std::uint32_t> classes;
};

Batch batch_of(const data::Split& split, std::size_t step) {
  Batch made;
  const std::byte* images = split.inputs.bytes.data() + step * batch * pixels;
  for (std::size_t i = 0; i < batch * pixels; ++i)
    made.images.push_back(static_cast<float>(std::to_integer<int>(images[i])) / 255.0f);
  made.classes.resize(batch);
  std::memcpy(made.classes.data(), split.targets.bytes.data() + step * batch * 4, batch * 4);
  return made;
}

// Sums of 12 integers, nearly normal.
Floats noise(std::size_t step) {
  Floats values;
  for (std::uint32_t i = 0; i < batch * latent; ++i) {
    std::uint32_t total = 0;
    for (std::uint32_t t = 0; t < 12; ++t)
      total += golden_hash(static_cast<std::uint32_t>(1000 + step), 12 * i + t) >> 16;
    values.push_back(static_cast<float>(total / 65536.0 - 6));
  }
  return values;
}

Curve mlp_curve(const nn::Mlp& mlp, const data::Split& split) {
  return {"mlp_784_512_10", lessening([&mlp](Trace& trace) {
            const Tensor x = trace.input("x", {Shape{batch, pixels}, DType::f32});
            const Tensor y = trace.input("y", {Shape{batch}, DType::u32});
            return mlp.loss(mlp(x), y);
          }),
          [&split](std::size_t step) {
            const Batch made = batch_of(split, step);
            return std::vector{bytes_of(made.images), bytes_of(made.classes)};
          },
          named_parameters(mlp)};
}

Curve vae_curve(const nn::ConvVae& vae, const data::Split& split) {
  return {"conv_vae", lessening([&vae](Trace& trace) {
            const Tensor x = trace.input("x", {Shape{batch, 28, 28, 1}, DType::f32});
            return vae.elbo(x, trace.input("noise", {Shape{batch, latent}, DType::f32})).loss;
          }),
          [&split](std::size_t step) {
            return std::vector{bytes_of(batch_of(split, step).images), bytes_of(noise(step))};
          },
          named_parameters(vae)};
}

}  // namespace

TEST_CASE("golden losses: hash and noise are the script's") {
  const auto golden = golden_file("conv_vae.json");
  for (const auto& known : golden.at("hash"))
    CHECK(golden_hash(known.at("stream"), known.at("index")) == known.at("value"));
  const Floats first = golden.at("noise_first"), made = noise(0);
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(made[i] == first[i]);
}

TEST_CASE("golden losses: mlp's first loss is PyTorch's, in double") {
  const auto fashion = fashion_mnist_or_skip();
  if (!fashion) return;
  const auto golden = golden_file("mlp_784_512_10.json");
  const nn::Mlp mlp(nn::Mlp::Config{});
  check_first_loss(mlp_curve(mlp, fashion->train), golden);
}

TEST_CASE("golden losses: conv_vae's first loss is PyTorch's, in double") {
  const auto fashion = fashion_mnist_or_skip();
  if (!fashion) return;
  const auto golden = golden_file("conv_vae.json");
  const nn::ConvVae vae(nn::ConvVae::Config{});
  check_first_loss(vae_curve(vae, fashion->train), golden);
}

TEST_CASE("golden losses: 50 steps of mlp on the device stay with PyTorch's") {
  const auto fashion = fashion_mnist_or_skip();
  if (!fashion) return;
  const auto golden = golden_file("mlp_784_512_10.json");
  const nn::Mlp mlp(nn::Mlp::Config{});
  check_curve(mlp_curve(mlp, fashion->train), golden);
}

TEST_CASE("golden losses: 50 steps of conv_vae on the device stay with PyTorch's") {
  const auto fashion = fashion_mnist_or_skip();
  if (!fashion) return;
  const auto golden = golden_file("conv_vae.json");
  const nn::ConvVae vae(nn::ConvVae::Config{});
  check_curve(vae_curve(vae, fashion->train), golden);
}

}  // namespace lemnos::test
