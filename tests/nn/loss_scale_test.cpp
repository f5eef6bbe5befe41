// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/loss_scale.h"

#include <doctest/doctest.h>

#include "nn/compile.h"
#include "nn/init.h"
#include "nn/optim/sgd.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/autodiff/backward.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

float value_of(const Tensor& state) { return state.state()->values()[0]; }

}  // namespace

TEST_CASE("loss scale: halved by a skipped update, doubled by enough that were made") {
  if (!have_device()) return;
  const optim::LossScale scale(1000, 3);  // 1024, as powers of two are exact
  auto step = compile([&](const Tensor& ok) {
    scale.update(reshape(ok, Shape{}));
    return ok;
  });
  std::vector<float> seen;
  for (const float ok : {1.f, 1.f, 0.f, 1.f, 1.f, 1.f, 1.f, 0.f, 0.f}) {
    (void)step(Feed(Shape{1}, std::span(&ok, 1))).item();
    seen.push_back(value_of(scale.value()));
  }
  CHECK(seen == std::vector<float>{1024, 1024, 512, 512, 512, 1024, 1024, 512, 256});
}

TEST_CASE("loss scale: an optimizer divides by it again, bit for bit") {
  if (!have_device()) return;
  std::vector<std::vector<float>> ends;
  for (const bool scaled : {false, true}) {
    const Tensor w = nn::init::constant(Shape{5}, 0.7);
    optim::Sgd sgd{std::vector{w}, {.lr = 0.1, .momentum = 0.9}};
    sgd.clip_norm(0.05);
    if (scaled) sgd.use_loss_scale(optim::LossScale(4096));
    auto step = compile([&](const Tensor& x) {
      const Tensor loss = mean(square(sin(w * x)));
      sgd.step(grad(sgd.scaled(loss), std::vector{w}), {.loss = loss});
      return loss;
    });
    const std::vector<float> x{0.3f, -1, 2, 0.01f, 5};
    for (int i = 0; i < 3; ++i) (void)step(Feed(Shape{5}, x)).item();
    ends.push_back(w.state()->values());
  }
  CHECK(ends[0] == ends[1]);
}

TEST_CASE("loss scale: a gradient that overflows changes no weight and halves the scale") {
  if (!have_device()) return;
  const Tensor w = nn::init::constant(Shape{2}, 1);
  optim::Sgd sgd{std::vector{w}, {.lr = 1e-3}};
  sgd.use_loss_scale(optim::LossScale(0x1p20));
  auto step = compile([&](const Tensor& x) {
    const Tensor loss = sum(w * x);
    sgd.step(grad(sgd.scaled(loss), std::vector{w}), {.loss = loss});
    return sgd.skipped();
  });
  const std::vector<float> large{1e33f, 1}, small{1, 1};
  CHECK(step(Feed(Shape{2}, large)).item() == 1);
  CHECK(w.state()->values() == std::vector<float>{1, 1});
  CHECK(value_of(sgd.loss_scale()->value()) == 0x1p19f);
  CHECK(step(Feed(Shape{2}, small)).item() == 0);
  CHECK(w.state()->values() == std::vector<float>{1 - 1e-3f, 1 - 1e-3f});
}

}  // namespace lemnos::test
