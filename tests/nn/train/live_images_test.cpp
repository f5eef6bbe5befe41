// SPDX-License-Identifier: Apache-2.0
#include "nn/train/live_images.h"

#include <doctest/doctest.h>

#include "runtime/doctor/session.h"
#include "tests/nn/train/made.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

constexpr std::uint64_t noise = 5;

data::Dataset gray_images(std::int64_t rows) {
  data::Dataset made{.name = "gray"};
  made.train.inputs = data::Array::zeros(DType::u8, Shape{rows, 8, 8, 1});
  std::uint32_t word = 1;
  for (std::uint8_t& pixel : made.train.inputs.as<std::uint8_t>())
    pixel = static_cast<std::uint8_t>((word = word * 1664525u + 1013904223u) >> 24);
  made.test = made.train;
  return made;
}

Made small_vae(const std::string& corrupt) {
  return Made("conv_vae", gray_images(5),
              {{"filters", "4"}, {"hidden", "8"}, {"latent", "3"}, {"corrupt", corrupt}});
}

Floats values_of(const LiveImages::Grid& grid) {
  Floats values(static_cast<std::size_t>(grid.shape.elements()));
  grid.pixels->read(0, std::as_writable_bytes(std::span(values)));
  return values;
}

Floats values_of(const data::Array& array) {
  const auto values = array.as<float>();
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("live images: what is shown is what sampling and reconstructing give") {
  if (!have_device()) return;
  const Made vae = small_vae("none");
  LiveImages live(*vae.task, gray_images(5), noise, 9, [] {});
  const auto grids = live.refresh();
  REQUIRE(grids.size() == 2);
  CHECK(grids[0].name == "samples");
  CHECK(grids[0].shape == Shape{9, 8, 8, 1});
  CHECK(grids[0].columns == 3);
  CHECK(values_of(grids[0]) == values_of(Generator(*vae.task, 9, noise).images(9)));

  CHECK(grids[1].name == "reconstructions");
  CHECK(grids[1].shape == Shape{10, 8, 8, 1});
  CHECK(grids[1].columns == 5);
  const Floats both = values_of(grids[1]);
  const Floats last(both.begin() + 5 * 64, both.end());
  const auto reconstructed = answers(
      vae.inputs, [&](const Tensor& x) { return vae.task->reconstruct(x); }, 5);
  CHECK(last == values_of(reconstructed[0]));
  CHECK(both[3] == vae.inputs.as<std::uint8_t>()[3] / 255.0f);
}

TEST_CASE("live images: of a corrupted image three rows are shown") {
  if (!have_device()) return;
  const Made vae = small_vae("mask");
  LiveImages live(*vae.task, gray_images(5), noise, 4, [] {});
  CHECK(live.refresh().at(1).shape == Shape{15, 8, 8, 1});
}

TEST_CASE("live images: each refresh sees the weights of then, and leaves earlier ones alone") {
  if (!have_device()) return;
  const Made vae = small_vae("none");
  LiveImages live(*vae.task, gray_images(5), noise, 4, [] {});
  const auto before = live.refresh();
  const Floats kept = values_of(before[0]);
  State& state = *vae.task->parameters().back().tensor.state();
  state.set_values(Floats(static_cast<std::size_t>(state.shape.elements()), 2.0f));
  const auto after = live.refresh();
  CHECK(values_of(before[0]) == kept);
  CHECK(values_of(after[0]) != kept);
}

TEST_CASE("live images: a model that makes no images has none") {
  if (!have_device()) return;
  const Made mlp("mlp", data::spirals(20, 1), {});
  LiveImages live(*mlp.task, data::spirals(20, 1), noise, 4, [] {});
  CHECK(!live.any());
  CHECK(live.refresh().empty());
}

}  // namespace lemnos::test
