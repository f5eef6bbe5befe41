// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/scenes.h"

#include <algorithm>
#include <optional>

#include "data/datasets/draws.h"
#include "data/resize.h"

namespace lemnos::data {
namespace {

constexpr std::int64_t side = 64, most = 4;
constexpr float smallest = 0.75f, largest = 1.15f, most_covered = 0.15f;
constexpr int tries = 20;

struct Frame {
  std::int64_t x = 0, y = 0, width = 0, height = 0;
  std::int64_t area() const { return width * height; }
};

std::int64_t shared(const Frame& a, const Frame& b) {
  const auto width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const auto height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

bool is_free(const Frame& frame, std::span<const Frame> others) {
  return std::ranges::none_of(others, [&](const Frame& other) {
    const auto smaller = static_cast<float>(std::min(frame.area(), other.area()));
    return static_cast<float>(shared(frame, other)) > most_covered * smaller;
  });
}

// Where an image [H, W, 1] is not black; no area where it is everywhere.
Frame seen_in(const Array& image) {
  const std::int64_t height = image.shape[0], width = image.shape[1];
  const auto pixels = image.as<std::uint8_t>();
  std::int64_t left = width, top = height, right = 0, bottom = 0;
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      if (pixels[static_cast<std::size_t>(y * width + x)] == 0) continue;
      left = std::min(left, x), right = std::max(right, x + 1);
      top = std::min(top, y), bottom = std::max(bottom, y + 1);
    }
  if (right <= left) return {};
  return {left, top, right - left, bottom - top};
}

class Scene {
 public:
  Scene(std::span<std::uint8_t> pixels, std::span<float> targets)
      : pixels_(pixels), targets_(targets) {
    std::ranges::fill(targets_, -1.0f);
  }

  // A thing of its class somewhere, if a place is found.
  void put(Draws& draws, const Array& image, std::uint32_t label) {
    const Frame seen = seen_in(image);
    if (seen.area() == 0 || seen.width > side || seen.height > side) return;
    for (int i = 0; i < tries; ++i) {
      const Frame frame{draws.below(static_cast<std::uint32_t>(side - seen.width + 1)),
                        draws.below(static_cast<std::uint32_t>(side - seen.height + 1)), seen.width,
                        seen.height};
      if (!is_free(frame, frames_)) continue;
      draw(image, seen, frame);
      tell(frame, label);
      return;
    }
  }

 private:
  void draw(const Array& image, const Frame& from, const Frame& to) {
    const auto source = image.as<std::uint8_t>();
    for (std::int64_t y = 0; y < from.height; ++y)
      for (std::int64_t x = 0; x < from.width; ++x) {
        auto& pixel = pixels_[static_cast<std::size_t>((to.y + y) * side + to.x + x)];
        const auto at = static_cast<std::size_t>((from.y + y) * image.shape[1] + from.x + x);
        pixel = std::max(pixel, source[at]);
      }
  }
  void tell(const Frame& frame, std::uint32_t label) {
    const auto part = [](std::int64_t twice) { return static_cast<float>(twice) / (2 * side); };
    const float target[] = {static_cast<float>(label), part(2 * frame.x + frame.width),
                            part(2 * frame.y + frame.height), part(2 * frame.width),
                            part(2 * frame.height)};
    std::ranges::copy(target, targets_.begin() + static_cast<std::ptrdiff_t>(5 * frames_.size()));
    frames_.push_back(frame);
  }

  std::span<std::uint8_t> pixels_;
  std::span<float> targets_;
  std::vector<Frame> frames_;
};

Split scenes_of(const Split& things, std::int64_t rows, std::uint64_t seed, std::uint32_t stream) {
  Split split{.inputs = Array::zeros(DType::u8, Shape{rows, side, side, 1}),
              .targets = Array::zeros(DType::f32, Shape{rows, most, 5})};
  const auto labels = things.targets.as<std::uint32_t>();
  const Shape one = things.inputs.shape.without(0);
  for (std::int64_t row = 0; row < rows; ++row) {
    Draws draws(seed, stream, static_cast<std::uint64_t>(row));
    const auto at = [row](std::size_t width) { return static_cast<std::size_t>(row) * width; };
    Scene scene(split.inputs.as<std::uint8_t>().subspan(at(side * side), side * side),
                split.targets.as<float>().subspan(at(most * 5), most * 5));
    const std::uint32_t count = 1 + draws.below(most);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t thing = draws.below(static_cast<std::uint32_t>(things.rows()));
      const float scale = draws.uniform(smallest, largest);
      const auto scaled = [scale](std::int64_t size) {
        return std::max<std::int64_t>(1,
                                      static_cast<std::int64_t>(static_cast<float>(size) * scale));
      };
      const Array image = things.inputs.take({&thing, 1}).reshaped(one);
      scene.put(draws, resized(image, scaled(one[0]), scaled(one[1])), labels[thing]);
    }
  }
  return split;
}

}  // namespace

Dataset scenes(const Dataset& things, std::int64_t train_rows, std::int64_t test_rows,
               std::uint64_t seed) {
  const Array& images = things.train.inputs;
  if (things.task != Task::classes || images.dtype != DType::u8 || images.shape.rank() != 4 ||
      images.shape[3] != 1)
    fail_usage("scenes are made of gray images with classes, which {} is not", things.name);
  return {.name = "scenes",
          .task = Task::boxes,
          .class_names = things.class_names,
          .train = scenes_of(things.train, train_rows, seed, 0),
          .test = scenes_of(things.test, test_rows, seed, 1)};
}

}  // namespace lemnos::data
