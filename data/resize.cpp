// SPDX-License-Identifier: Apache-2.0
#include "data/resize.h"

#include <algorithm>
#include <cmath>

namespace lemnos::data {
namespace {

// The places of one axis that make one of the new axis.
struct Taps {
  std::int64_t first;
  std::vector<float> weights;  // of `first` and those behind it; their sum is 1
};

std::vector<Taps> taps(std::int64_t from, std::int64_t to) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double reach = std::max(scale, 1.0);
  std::vector<Taps> all;
  for (std::int64_t place = 0; place < to; ++place) {
    const double center = (static_cast<double>(place) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(0, std::llround(std::floor(center - reach + 0.5)));
    const auto end = std::min<std::int64_t>(from, std::llround(std::floor(center + reach + 0.5)));
    std::vector<double> weights;
    double sum = 0;
    for (std::int64_t at = first; at < end; ++at) {
      weights.push_back(
          std::max(0.0, 1 - std::abs(static_cast<double>(at) + 0.5 - center) / reach));
      sum += weights.back();
    }
    Taps& made = all.emplace_back(Taps{first, {}});
    for (const double weight : weights) made.weights.push_back(static_cast<float>(weight / sum));
  }
  return all;
}

// [before, from, after] to [before, to, after].
std::vector<float> along(const std::vector<float>& values, std::int64_t before, std::int64_t from,
                         std::int64_t to, std::int64_t after) {
  const std::vector<Taps> all = taps(from, to);
  std::vector<float> result(static_cast<std::size_t>(before * to * after));
  float* out = result.data();
  for (std::int64_t row = 0; row < before; ++row)
    for (const Taps& made : all) {
      const float* in = values.data() + (row * from + made.first) * after;
      for (const float weight : made.weights)
        for (std::int64_t i = 0; i < after; ++i) out[i] += weight * *in++;
      out += after;
    }
  return result;
}

}  // namespace

Array resized(const Array& image, std::int64_t height, std::int64_t width) {
  if (image.shape.rank() != 3 || image.dtype != DType::u8)
    fail_usage("an image to be resized is u8 [H, W, C], not {} {}", name_of(image.dtype),
               image.shape);
  if (height < 1 || width < 1)
    fail_usage("an image has at least 1 x 1 pixels, not {} x {}", width, height);
  const std::int64_t rows = image.shape[0], columns = image.shape[1], channels = image.shape[2];
  if (height == rows && width == columns) return image;
  const auto pixels = image.as<std::uint8_t>();
  std::vector<float> values(pixels.begin(), pixels.end());
  values = along(values, rows, columns, width, channels);
  values = along(values, 1, rows, height, width * channels);
  Array result = Array::zeros(DType::u8, Shape{height, width, channels});
  std::ranges::transform(values, result.as<std::uint8_t>().begin(), [](float value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
  });
  return result;
}

}  // namespace lemnos::data
