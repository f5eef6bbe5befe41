// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/scenes.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "data/datasets/mnist.h"
#include "data/datasets/synthetic.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

// Two classes of rectangles, each in the middle of a black image.
Split rectangles(std::uint8_t light) {
  Split split{Array::zeros(DType::u8, Shape{2, 28, 28, 1}),
              Array::of<std::uint32_t>(Shape{2}, {0, 1})};
  for (std::size_t n = 0; n < 2; ++n)
    for (std::size_t y = 4; y < 24; ++y)
      for (std::size_t x = n == 0 ? 2 : 10; x < (n == 0 ? 26 : 18); ++x)
        split.inputs.as<std::uint8_t>()[(n * 28 + y) * 28 + x] = light;
  return split;
}
Dataset things() {
  return {.name = "rectangles",
          .task = Task::classes,
          .class_names = {"wide", "high"},
          .train = rectangles(200),
          .test = rectangles(100)};
}

struct Seen {
  std::int64_t left = 64, top = 64, right = 0, bottom = 0;
};
Seen seen_in(std::span<const std::uint8_t> pixels) {
  Seen seen;
  for (std::int64_t y = 0; y < 64; ++y)
    for (std::int64_t x = 0; x < 64; ++x) {
      if (pixels[static_cast<std::size_t>(y * 64 + x)] == 0) continue;
      seen.left = std::min(seen.left, x), seen.right = std::max(seen.right, x + 1);
      seen.top = std::min(seen.top, y), seen.bottom = std::max(seen.bottom, y + 1);
    }
  return seen;
}

}  // namespace

TEST_CASE("scenes: of 1 to 4 things, each with its class and a box that is tight") {
  const Dataset made = scenes(things(), 200, 20, 3);
  CHECK(made.task == Task::boxes);
  CHECK(made.class_names == std::vector<std::string>{"wide", "high"});
  REQUIRE(made.train.inputs.shape == Shape{200, 64, 64, 1});
  REQUIRE(made.train.targets.shape == Shape{200, 4, 5});
  std::vector<int> of_count(5);
  for (std::size_t scene = 0; scene < 200; ++scene) {
    const auto boxes = made.train.targets.as<float>().subspan(scene * 20, 20);
    std::size_t count = 0;
    while (count < 4 && boxes[count * 5] >= 0) ++count;
    for (std::size_t i = count; i < 4; ++i) CHECK(boxes[i * 5] == -1);
    ++of_count[count];
    Seen all;
    for (std::size_t i = 0; i < count; ++i) {
      const auto box = boxes.subspan(i * 5, 5);
      const float width = box[3] * 64, height = box[4] * 64;
      CHECK((box[0] == 0) == (width > height));  // what it says it is
      const auto left = static_cast<std::int64_t>(box[1] * 64 - width / 2);
      const auto top = static_cast<std::int64_t>(box[2] * 64 - height / 2);
      all.left = std::min(all.left, left), all.top = std::min(all.top, top);
      all.right = std::max(all.right, left + static_cast<std::int64_t>(width));
      all.bottom = std::max(all.bottom, top + static_cast<std::int64_t>(height));
    }
    const Seen seen = seen_in(made.train.inputs.as<std::uint8_t>().subspan(scene * 4096, 4096));
    CHECK(seen.left == all.left);
    CHECK(seen.top == all.top);
    CHECK(seen.right == all.right);
    CHECK(seen.bottom == all.bottom);
  }
  for (std::size_t count = 1; count <= 4; ++count) CHECK(of_count[count] > 10);
  CHECK(of_count[0] == 0);
}

TEST_CASE(
    "scenes: held-out ones are of held-out things, and one does not depend on how many there are") {
  const Dataset many = scenes(things(), 20, 10, 3), few = scenes(things(), 5, 10, 3);
  CHECK(std::ranges::equal(few.train.inputs.bytes,
                           std::span(many.train.inputs.bytes).first(5 * 4096)));
  CHECK(std::ranges::max(many.train.inputs.as<std::uint8_t>()) == 200);
  CHECK(std::ranges::max(many.test.inputs.as<std::uint8_t>()) == 100);
  CHECK(scenes(things(), 5, 10, 4).train.targets.bytes != few.train.targets.bytes);
  CHECK_FAILS(scenes(blobs(), 5, 5), "gray images with classes");
}

}  // namespace lemnos::data
