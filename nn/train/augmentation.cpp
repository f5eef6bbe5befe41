// SPDX-License-Identifier: Apache-2.0
#include "nn/train/augmentation.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <ranges>
#include <vector>

#include "nn/compile.h"
#include "ops/image/image.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/shape/shape.h"

namespace lemnos {
namespace {

struct Strength {
  std::string_view name;
  double usual, most;
  double Augmentation::*field;
};
constexpr Strength strengths[] = {{"rotate", 10, 180, &Augmentation::rotate},
                                  {"scale", 0.1, 0.9, &Augmentation::scale},
                                  {"crop", 0.125, 0.5, &Augmentation::crop}};

double number(std::string_view text, const Strength& strength) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !(value > 0 && value <= strength.most))
    fail_usage("--augment {}: a number greater than 0 and at most {}, as in {}={}, not '{}'",
               strength.name, strength.most, strength.name, strength.usual, text);
  return value;
}

// Of a side of an image: the most by which it is moved.
double pixels(double part, std::int64_t side) {
  return std::round(part * static_cast<double>(side));
}

// f32 [N, 2, 3] for affine: places in the result, turned, scaled and mirrored about the centre,
// then moved.
Tensor random_maps(const Augmentation& a, std::int64_t count, double down, double right) {
  const auto draw = [&](double low, double high) {
    return low + (high - low) * uniform({1, count});
  };
  // Rounding may reach the end of a range, which is not in it.
  const auto shift = [&](double most) { return minimum(floor(draw(-most, most + 1)), most); };
  const double turn = a.rotate * std::numbers::pi / 180;
  const Tensor angle = draw(-turn, turn);
  const Tensor zoom = reciprocal(draw(1 - a.scale, 1 + a.scale));
  const Tensor mirror = a.flip ? 2 * floor(draw(0, 2)) - 1 : fill({1, count}, 1);
  const Tensor to_right = shift(right), to_down = shift(down);
  const Tensor along = cos(angle) * zoom, across = sin(angle) * zoom;
  const Tensor maps =
      concat({along * mirror, across, to_right, -across * mirror, along, to_down}, 0);
  return reshape(transpose(maps), {count, 2, 3});
}

}  // namespace

Augmentation Augmentation::parse(std::string_view text) {
  Augmentation made;
  if (text == "none") return made;
  std::vector<std::string_view> seen;
  for (const auto part : std::views::split(text, ',')) {
    const std::string_view word(part.begin(), part.end());
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string_view name = word.substr(0, equals);
    if (std::ranges::find(seen, name) != seen.end())
      fail_usage("--augment: '{}' comes twice", name);
    seen.push_back(name);
    const Strength* strength = std::ranges::find(strengths, name, &Strength::name);
    if (word == "flip")
      made.flip = true;
    else if (strength == std::end(strengths))
      fail_usage("--augment: there is no '{}'; there are flip, rotate, scale and crop", word);
    else
      made.*strength->field =
          equals == word.size() ? strength->usual : number(word.substr(equals + 1), *strength);
  }
  return made;
}

void Augmentation::verify(const Preprocessing& data) const {
  if (!any()) return;
  if (!data.images() || data.input.rank() != 3)
    fail_usage("--augment is for images; a row of these data is {} of {}", data.input,
               name_of(data.dtype));
  if (data.task == data::Task::boxes)
    fail_usage("--augment moves images, but not the boxes of what is in them");
  const std::int64_t height = data.input[0], width = data.input[1];
  if (crop > 0 && pixels(crop, height) == 0 && pixels(crop, width) == 0)
    fail_usage("--augment crop={}: of images of {} x {} pixels that is none", crop, height, width);
}

Tensor Augmentation::apply(const Tensor& images) const {
  if (!any()) return images;
  const double down = pixels(crop, images.size(1)), right = pixels(crop, images.size(2));
  return affine(normalized(images), random_maps(*this, images.size(0), down, right));
}

data::Array augmented_examples(const Augmentation& augmentation, const data::Array& images,
                               std::uint64_t seed) {
  std::vector<std::uint32_t> rows(64);
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i / 8;
  rows.resize(static_cast<std::size_t>(8 * std::min<std::int64_t>(8, images.rows())));
  const data::Array some = images.take(rows);
  CompiledFunction function(
      [&](std::span<const Tensor> x) {
        return std::vector{normalized(x[0]), augmentation.apply(x[0])};
      },
      {.name = "augmented", .clock = make_clock(seed)});
  const Feed feed(some);
  const std::vector<Result> results = function.call({&feed, 1});
  data::Array shown = data::Array::of<float>(some.shape, results[1].values());
  const std::vector<float> as_they_are = results[0].values();
  const std::size_t image = as_they_are.size() / rows.size();
  for (std::size_t first = 0; first < as_they_are.size(); first += 8 * image)
    std::copy_n(&as_they_are[first], image, &shown.as<float>()[first]);
  return shown;
}

}  // namespace lemnos
