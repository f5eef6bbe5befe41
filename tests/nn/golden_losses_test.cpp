// SPDX-License-Identifier: Apache-2.0
// The first 50 losses of mlp 784-512-10 and conv_vae beside PyTorch's, from the same weights, noise
// and batches; tests/golden/loss_curves.py says how those are made.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <optional>

#include "data/datasets/mnist.h"
#include "nn/models/conv_vae.h"
#include "nn/models/mlp.h"
#include "nn/optim/adam.h"
#include "runtime/autodiff/backward.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/session.h"
#include "runtime/graph/trace.h"
#include "tests/golden/golden.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

constexpr std::size_t batch = 128, latent = 32, pixels = 784;
using Floats = std::vector<float>;

struct Batch {
  Floats images;  // [128, 784] in [0, 1]
  std::vector<std::uint32_t> classes;
};

std::optional<data::Dataset> fashion_mnist_or_skip() {
  try {
    return data::fashion_mnist();
  } catch (const Error& error) {
    skip(error.what());
    return std::nullopt;
  }
}

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

template <class Model>
void set_weights(const Model& model, const nlohmann::json& golden) {
  const auto all = named_parameters(model);
  REQUIRE(all.size() == golden.at("parameters").size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& described = golden.at("parameters")[i];
    const std::string name = all[i].name + " = " + described.at("name").get<std::string>();
    CAPTURE(name);
    const std::vector<std::int64_t> sizes = described.at("shape");
    REQUIRE(all[i].tensor.shape() == Shape(std::span(sizes)));
    const auto bound = static_cast<float>(1 / std::sqrt(described.at("fan_in").get<double>()));
    const Floats values = golden_values(described.at("stream"), all[i].tensor.elements(), bound);
    const Floats first = described.at("first");
    for (std::size_t k = 0; k < first.size(); ++k) REQUIRE(values[k] == first[k]);
    all[i].tensor.state()->set_values(values);
  }
}

// One step of a model: its inputs are set for each step.
struct Curve {
  std::string name;
  std::function<Tensor(Trace&)> loss;  // declares the inputs
  std::function<std::vector<std::vector<std::byte>>(std::size_t step)> inputs;
  std::vector<Tensor> parameters;
};

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

Curve mlp_curve(const nn::Mlp& mlp, const data::Split& split) {
  return {"mlp_784_512_10",
          [&mlp](Trace& trace) {
            const Tensor x = trace.input("x", {Shape{batch, pixels}, DType::f32});
            const Tensor y = trace.input("y", {Shape{batch}, DType::u32});
            return mlp.loss(mlp(x), y);
          },
          [&split](std::size_t step) {
            const Batch made = batch_of(split, step);
            return std::vector{bytes_of(made.images), bytes_of(made.classes)};
          },
          parameters(mlp)};
}

Curve vae_curve(const nn::ConvVae& vae, const data::Split& split) {
  return {"conv_vae",
          [&vae](Trace& trace) {
            const Tensor x = trace.input("x", {Shape{batch, 28, 28, 1}, DType::f32});
            return vae.elbo(x, trace.input("noise", {Shape{batch, latent}, DType::f32})).loss;
          },
          [&split](std::size_t step) {
            return std::vector{bytes_of(batch_of(split, step).images), bytes_of(noise(step))};
          },
          parameters(vae)};
}

template <class T>
Values widened(const std::vector<std::byte>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return {values.begin(), values.end()};
}

// The loss before the first update, in double.
void check_first_loss(const Curve& curve, const nlohmann::json& golden) {
  Trace trace;
  trace.graph().outputs = {curve.loss(trace).node()};
  std::vector<Values> values;
  for (const auto& bytes : curve.inputs(0)) {
    const DType dtype = trace.graph().inputs[values.size()].type.dtype;
    values.push_back(dtype == DType::f32 ? widened<float>(bytes) : widened<std::uint32_t>(bytes));
  }
  const double loss = evaluate(trace.graph(), values)[0][0];
  CHECK(loss == doctest::Approx(golden.at("float64")[0].get<double>()).epsilon(1e-9));
}

void check_curve(const Curve& curve, const nlohmann::json& golden) {
  try {
    device();
  } catch (const Error& error) {
    return skip(error.what());
  }
  optim::Adam adam{curve.parameters, {.lr = 1e-3}};
  Trace trace;
  const Tensor loss = curve.loss(trace);
  adam.step(grad(loss, curve.parameters), {.loss = loss});
  trace.graph().outputs = {loss.node()};
  Program program(curve.name, trace.graph(), device());

  double worst = 0;
  for (std::size_t step = 0; step < golden.at("float64").size(); ++step) {
    const auto inputs = curve.inputs(step);
    for (std::uint32_t i = 0; i < inputs.size(); ++i) program.set_input(i, inputs[i]);
    program.submit();
    const double expected = golden.at("float64")[step];
    const double distance = std::abs(program.output(0)[0] - expected) / expected;
    CAPTURE(step);
    CHECK(distance <= golden.at("bound")[step].get<double>());
    worst = std::max(worst, distance);
  }
  MESSAGE(curve.name << ": largest relative distance " << worst << ", allowed at the end "
                     << golden.at("bound").back());
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
  set_weights(mlp, golden);
  check_first_loss(mlp_curve(mlp, fashion->train), golden);
}

TEST_CASE("golden losses: conv_vae's first loss is PyTorch's, in double") {
  const auto fashion = fashion_mnist_or_skip();
  if (!fashion) return;
  const auto golden = golden_file("conv_vae.json");
  const nn::ConvVae vae(nn::ConvVae::Config{});
  set_weights(vae, golden);
  check_first_loss(vae_curve(vae, fashion->train), golden);
}

TEST_CASE("golden losses: 50 steps of mlp on the device stay with PyTorch's") {
  const auto fashion = fashion_mnist_or_skip();
  if (!fashion) return;
  const auto golden = golden_file("mlp_784_512_10.json");
  const nn::Mlp mlp(nn::Mlp::Config{});
  set_weights(mlp, golden);
  check_curve(mlp_curve(mlp, fashion->train), golden);
}

TEST_CASE("golden losses: 50 steps of conv_vae on the device stay with PyTorch's") {
  const auto fashion = fashion_mnist_or_skip();
  if (!fashion) return;
  const auto golden = golden_file("conv_vae.json");
  const nn::ConvVae vae(nn::ConvVae::Config{});
  set_weights(vae, golden);
  check_curve(vae_curve(vae, fashion->train), golden);
}

}  // namespace lemnos::test
