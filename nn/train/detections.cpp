// SPDX-License-Identifier: Apache-2.0
#include "nn/train/detections.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "runtime/base/error.h"

namespace lemnos {
namespace {

constexpr std::size_t most_of_an_image = 100;  // COCO's maxDets
constexpr int recall_points = 101;
constexpr std::int64_t enlarged = 3;

float area(const Box& box) { return std::max(box.width, 0.0f) * std::max(box.height, 0.0f); }

// How much of [a - a_size / 2, a + a_size / 2] is in that of b.
double shared(double a, double a_size, double b, double b_size) {
  return std::max(
      0.0, std::min(a + a_size / 2, b + b_size / 2) - std::max(a - a_size / 2, b - b_size / 2));
}

void sort_by_score(std::vector<Detection>& all) {
  std::ranges::stable_sort(all, std::ranges::greater(), &Detection::score);
}

std::vector<Detection> of_class(std::span<const Detection> all, std::uint32_t label) {
  std::vector<Detection> some;
  std::ranges::copy_if(all, std::back_inserter(some),
                       [&](const Detection& each) { return each.label == label; });
  return some;
}

struct Judged {
  float score = 0;
  bool right = false;
};

// What was found of one class in one image, the surest first.
void judge(std::vector<Detection> found, std::span<const Detection> truth, double least,
           std::vector<Judged>& all) {
  sort_by_score(found);
  found.resize(std::min(found.size(), most_of_an_image));
  std::vector<bool> taken(truth.size());
  for (const Detection& each : found) {
    std::size_t best = truth.size();
    double most = least;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const double share = overlap(each.box, truth[i].box);
      if (taken[i] || share < most) continue;
      most = share;
      best = i;
    }
    if (best < truth.size()) taken[best] = true;
    all.push_back({each.score, best < truth.size()});
  }
}

double average_precision(std::vector<Judged> all, std::size_t truths) {
  std::ranges::stable_sort(all, std::ranges::greater(), &Judged::score);
  std::vector<double> recall, precision;
  double right = 0;
  for (const Judged& each : all) {
    right += each.right ? 1 : 0;
    recall.push_back(right / static_cast<double>(truths));
    precision.push_back(right / static_cast<double>(recall.size()));
  }
  for (std::size_t i = precision.size(); i-- > 1;)
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  double total = 0;
  for (int i = 0; i < recall_points; ++i) {
    const auto at = std::ranges::lower_bound(recall, i / (recall_points - 1.0)) - recall.begin();
    if (at < std::ssize(precision)) total += precision[static_cast<std::size_t>(at)];
  }
  return total / recall_points;
}

// ---- pictures -----------------------------------------------------------------------------------

using Colour = std::array<std::uint8_t, 3>;

// Ten that are far from each other on black, and to most who are colour-blind; classes beyond
// these begin again.
constexpr std::array<Colour, 10> colours{{{230, 159, 0},
                                          {86, 180, 233},
                                          {0, 190, 130},
                                          {240, 228, 66},
                                          {60, 120, 255},
                                          {255, 90, 30},
                                          {225, 120, 180},
                                          {160, 255, 90},
                                          {170, 120, 255},
                                          {255, 170, 170}}};
constexpr Colour gray{128, 128, 128};

struct Canvas {
  std::span<std::uint8_t> pixels;
  std::int64_t height, width;

  void set(std::int64_t y, std::int64_t x, const Colour& colour) const {
    if (y < 0 || x < 0 || y >= height || x >= width) return;
    std::ranges::copy(colour, pixels.begin() + (y * width + x) * 3);
  }
  void frame(const Box& box, std::int64_t thick, const Colour& colour) const {
    const auto pixel = [](double share, std::int64_t size) {
      return std::llround(std::clamp(share, -1.0, 2.0) * static_cast<double>(size));
    };
    const std::int64_t left = pixel(box.x - box.width / 2, width);
    const std::int64_t right = pixel(box.x + box.width / 2, width) - 1;
    const std::int64_t top = pixel(box.y - box.height / 2, height);
    const std::int64_t bottom = pixel(box.y + box.height / 2, height) - 1;
    for (std::int64_t t = 0; t < thick; ++t) {
      for (std::int64_t x = left; x <= right; ++x)
        for (const std::int64_t y : {top + t, bottom - t}) set(y, x, colour);
      for (std::int64_t y = top; y <= bottom; ++y)
        for (const std::int64_t x : {left + t, right - t}) set(y, x, colour);
    }
  }
};

std::uint8_t pixel_of(const data::Array& images, std::size_t i) {
  if (images.dtype == DType::u8) return images.as<std::uint8_t>()[i];
  return static_cast<std::uint8_t>(std::clamp(images.as<float>()[i], 0.0f, 1.0f) * 255.0f + 0.5f);
}

}  // namespace

double overlap(const Box& a, const Box& b) {
  const double both = shared(a.x, a.width, b.x, b.width) * shared(a.y, a.height, b.y, b.height);
  const double either = double{area(a)} + area(b) - both;
  return either > 0 ? both / either : 0;
}

std::vector<Detection> suppressed(std::vector<Detection> all, double most) {
  sort_by_score(all);
  std::vector<Detection> kept;
  for (const Detection& each : all)
    if (std::ranges::none_of(kept, [&](const Detection& surer) {
          return surer.label == each.label && overlap(surer.box, each.box) > most;
        }))
      kept.push_back(each);
  return kept;
}

std::vector<Detection> detections_of(std::span<const float> candidates, std::size_t classes,
                                     double least_score, Labels labels) {
  const auto finite = [](float x) { return std::isfinite(x); };
  std::vector<Detection> all;
  for (std::size_t at = 0; at < candidates.size(); at += 4 + classes) {
    const auto row = candidates.subspan(at, 4 + classes);
    if (!std::ranges::all_of(row, finite)) continue;
    const auto scores = row.subspan(4);
    const auto surest = std::ranges::max_element(scores) - scores.begin();
    for (std::uint32_t label = 0; label < classes; ++label)
      if (scores[label] >= least_score && (labels == Labels::all || label == surest))
        all.push_back({{row[0], row[1], row[2], row[3]}, label, scores[label]});
  }
  return suppressed(std::move(all));
}

std::vector<Detection> true_boxes(std::span<const float> row) {
  std::vector<Detection> all;
  for (std::size_t at = 0; at < row.size(); at += 5)
    if (row[at] >= 0)
      all.push_back({{row[at + 1], row[at + 2], row[at + 3], row[at + 4]},
                     static_cast<std::uint32_t>(row[at]),
                     1});
  return all;
}

double mean_average_precision(std::span<const JudgedImage> images, std::size_t classes,
                              double least) {
  double total = 0, occurring = 0;
  for (std::uint32_t label = 0; label < classes; ++label) {
    std::vector<Judged> all;
    std::size_t truths = 0;
    for (const JudgedImage& image : images) {
      const std::vector<Detection> truth = of_class(image.truth, label);
      truths += truth.size();
      judge(of_class(image.found, label), truth, least, all);
    }
    if (truths == 0) continue;
    total += average_precision(std::move(all), truths);
    ++occurring;
  }
  return occurring > 0 ? total / occurring : 0;
}

std::vector<NamedValue> detection_metrics(std::span<const JudgedImage> images,
                                          std::size_t classes) {
  double at50 = 0, total = 0;
  for (int i = 0; i < 10; ++i) {
    const double at = mean_average_precision(images, classes, (50 + 5 * i) / 100.0);
    total += at / 10;
    if (i == 0) at50 = at;
  }
  return {{"map50", at50}, {"map", total}};
}

data::Array framed(const data::Array& images, std::span<const JudgedImage> judged) {
  const std::int64_t height = images.shape[1] * enlarged, width = images.shape[2] * enlarged;
  const std::int64_t channels = images.shape[3];
  check(channels == 1 || channels == 3, "an image of {} channels", channels);
  check(std::ssize(judged) == images.rows(), "{} images, but boxes of {}", images.rows(),
        judged.size());
  data::Array pictures =
      data::Array::zeros(DType::u8, Shape{images.rows(), height, width, std::int64_t{3}});
  const auto size = static_cast<std::size_t>(height * width * 3);
  for (std::int64_t row = 0; row < images.rows(); ++row) {
    const auto n = static_cast<std::size_t>(row);
    const Canvas canvas{pictures.as<std::uint8_t>().subspan(n * size, size), height, width};
    for (std::int64_t y = 0; y < height; ++y)
      for (std::int64_t x = 0; x < width; ++x) {
        const std::int64_t line = row * images.shape[1] + y / enlarged;
        const std::int64_t at = (line * images.shape[2] + x / enlarged) * channels;
        const auto channel = [&](std::int64_t c) {
          return pixel_of(images, static_cast<std::size_t>(at + c % channels));
        };
        canvas.set(y, x, {channel(0), channel(1), channel(2)});
      }
    for (const Detection& each : judged[n].truth) canvas.frame(each.box, 1, gray);
    for (const Detection& each : judged[n].found)
      canvas.frame(each.box, 2, colours[each.label % colours.size()]);
  }
  return pictures;
}

}  // namespace lemnos
