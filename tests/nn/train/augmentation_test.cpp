// SPDX-License-Identifier: Apache-2.0
#include "nn/train/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/train/batched.h"
#include "ops/reduce/reduce.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/values.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

constexpr std::int64_t count = 24, height = 9, width = 8;

// No two pixels of an image are alike, and none is black.
data::Array pictures() {
  data::Array array = data::Array::zeros(DType::u8, {count, height, width, 1});
  for (std::size_t i = 0; i < array.bytes.size(); ++i)
    array.bytes[i] = static_cast<std::byte>(1 + i * 37 % 251);
  return array;
}

using Pictures = std::vector<float>;

// What each epoch shows of each picture, in the pictures' order.
std::vector<Pictures> seen(const Augmentation& augmentation, std::uint64_t seed, int epochs) {
  const data::Array images = pictures(), none;
  BatchedFunction function("seen", images, none, 7,  // the last batch is short
                           [&](const Tensor& x, const Tensor&) {
                             const Tensor shown = normalized(augmentation.apply(x));
                             observe("mean", mean(shown));
                             return shown;
                           },
                           true, make_clock(seed), {});
  std::vector<Pictures> all;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    function.begin_epoch(std::move(order));
    while (function.queued() < function.batches()) function.queue(2);
    const data::Array results = function.results();
    all.emplace_back(results.as<float>().begin(), results.as<float>().end());
  }
  return all;
}

// The picture mirrored, or not, and moved: black beyond its edges.
Pictures moved(std::int64_t n, bool mirrored, std::int64_t down, std::int64_t right) {
  const data::Array images = pictures();
  Pictures result;
  for (std::int64_t i = down; i < height + down; ++i)
    for (std::int64_t j = right; j < width + right; ++j) {
      const bool inside = i >= 0 && i < height && j >= 0 && j < width;
      const std::int64_t column = mirrored ? width - 1 - j : j;
      const auto at = static_cast<std::size_t>((n * height + i) * width + column);
      result.push_back(inside ? static_cast<float>(images.as<std::uint8_t>()[at]) / 255.0f : 0.0f);
    }
  return result;
}

bool alike(std::span<const float> a, std::span<const float> b) {
  return std::ranges::equal(a, b, [](float x, float y) { return std::abs(x - y) < 1e-5f; });
}

std::span<const float> picture(const Pictures& all, std::int64_t n) {
  return std::span(all).subspan(static_cast<std::size_t>(n * height * width), height * width);
}

}  // namespace

TEST_CASE("augment: what is not known, twice, no number or out of range is wrong usage") {
  const auto all = Augmentation::parse("flip,rotate=20,scale=0.5,crop=0.25");
  CHECK((all.flip && all.rotate == 20 && all.scale == 0.5 && all.crop == 0.25));
  const auto usual = Augmentation::parse("crop,scale,rotate");
  CHECK((!usual.flip && usual.rotate == 10 && usual.scale == 0.1 && usual.crop == 0.125));
  CHECK(!Augmentation::parse("none").any());
  for (const auto& [text, words] : std::initializer_list<std::pair<const char*, const char*>>{
           {"flop", "no 'flop'; there are flip, rotate, scale and crop"},
           {"none,flip", "no 'none'"},
           {"flip,,crop", "no ''"},
           {"flip,", "no ''"},
           {"flip,flip", "'flip' comes twice"},
           {"crop=0.1,crop", "'crop' comes twice"},
           {"flip=2", "no 'flip=2'"},
           {"rotate=", "rotate: a number greater than 0 and at most 180, as in rotate=10, not ''"},
           {"rotate=181", "at most 180"},
           {"rotate=ten", "not 'ten'"},
           {"scale=1", "at most 0.9"},
           {"crop=4", "at most 0.5"},
           {"crop=-1", "greater than 0"},
           {"scale=nan", "not 'nan'"}}) {
    CAPTURE(text);
    int code = 0;
    CHECK(says(error_text([&] { Augmentation::parse(text); }, &code), words));
    CHECK(code == 2);
  }
}

TEST_CASE("augment: data must be images, and large enough for a crop") {
  const auto error = [](const char* text, const Preprocessing& data) {
    return error_text([&] { Augmentation::parse(text).verify(data); });
  };
  const Preprocessing images{.input = {4, 3, 1}, .dtype = DType::u8};
  CHECK(error("flip,crop", images) == "");
  CHECK(says(error("crop=0.1", images), "crop=0.1: of images of 4 x 3 pixels that is none"));
  Preprocessing scenes = images;
  scenes.task = data::Task::boxes;
  CHECK(says(error("flip", scenes), "but not the boxes of what is in them"));
  const Preprocessing table{.input = Shape{7}};
  CHECK(says(error("flip", table), "is for images; a row of these data is [7] of f32"));
  CHECK(error("none", table) == "");
}

TEST_CASE("augment: flip mirrors some images, crop moves them by whole pixels") {
  if (!have_device()) return;
  const Pictures all = seen(Augmentation::parse("flip,crop=0.25"), 3, 1)[0];
  std::vector<std::array<std::int64_t, 3>> found;
  for (std::int64_t n = 0; n < count; ++n) {
    CAPTURE(n);
    const auto before = found.size();
    for (const bool mirrored : {false, true})
      for (std::int64_t down = -2; down <= 2; ++down)
        for (std::int64_t right = -2; right <= 2; ++right)
          if (alike(picture(all, n), moved(n, mirrored, down, right)))
            found.push_back({mirrored, down, right});
    CHECK(found.size() == before + 1);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const auto least = std::ranges::min(found, {}, [&](const auto& f) { return f[i]; })[i];
    const auto most = std::ranges::max(found, {}, [&](const auto& f) { return f[i]; })[i];
    CHECK(most - least == (i == 0 ? 1 : 4));  // of 24 draws all is seen
  }
}

TEST_CASE("augment: a seed's and a step's draws are the same again, others are not") {
  if (!have_device()) return;
  const auto augmentation = Augmentation::parse("flip,rotate=20,scale=0.2,crop");
  const auto first = seen(augmentation, 3, 2), again = seen(augmentation, 3, 2);
  CHECK(first == again);
  CHECK(first[0] != first[1]);
  CHECK(first != seen(augmentation, 4, 2));
}

TEST_CASE("augment: the device shows what the reference does") {
  if (!have_device()) return;
  const auto augmentation = Augmentation::parse("flip,rotate=30,scale=0.3,crop");
  Trace trace(true, make_clock(5));
  const data::Array images = pictures();
  const Tensor x = trace.input("x", {images.shape, DType::u8});
  trace.graph().outputs = {trace.resolve(augmentation.apply(x))};
  const auto bytes = images.as<std::uint8_t>();
  const std::vector<Values> pixels{Values(bytes.begin(), bytes.end())};
  const std::vector<Values> expected = evaluate(trace.graph(), pixels);
  Program program("augment", trace.graph(), device());
  program.set_input(0, images.bytes);
  program.submit();
  const Values got = output_of(program, 0);
  REQUIRE(got.size() == expected[0].size());
  double worst = 0;
  for (std::size_t k = 0; k < got.size(); ++k)
    worst = std::max(worst, std::abs(got[k] - expected[0][k]));
  CHECK(worst < 1e-5);
}

TEST_CASE("augment: examples are eight of an image in a row, the first of them as it is") {
  if (!have_device()) return;
  const auto augmentation = Augmentation::parse("rotate");
  const data::Array shown = augmented_examples(augmentation, pictures(), 1);
  REQUIRE(shown.shape == Shape{64, height, width, 1});
  const Pictures all(shown.as<float>().begin(), shown.as<float>().end());
  for (std::int64_t i = 0; i < 64; ++i) {
    CAPTURE(i);
    CHECK(alike(picture(all, i), moved(i / 8, false, 0, 0)) == (i % 8 == 0));
  }
  const data::Array two = pictures().take(std::vector<std::uint32_t>{4, 5});
  CHECK(augmented_examples(augmentation, two, 1).rows() == 16);
}
