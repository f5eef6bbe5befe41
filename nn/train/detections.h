// SPDX-License-Identifier: Apache-2.0
// Things found in images, and how that is judged.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nn/train/metrics.h"

namespace lemnos {

// Parts of the image: 0, 0 is its top left corner and 1, 1 the bottom right one.
struct Box {
  float x = 0, y = 0;  // the centre
  float width = 0, height = 0;
};

// Intersection over union, 0 to 1; 0 where neither has an area.
double overlap(const Box& a, const Box& b);

struct Detection {
  Box box;
  std::uint32_t label = 0;
  float score = 0;  // how sure it is, 0 to 1; of what is truly there 1
};

// Greedy non-maximum suppression: the surest first, and of each class none that overlaps with a
// surer one by more than `most`. Equally sure ones keep their order.
std::vector<Detection> suppressed(std::vector<Detection> all, double most = 0.5);

// What candidates [n, 4 + classes] say (a box, and a score for each class) with at least this score
// and not suppressed; none of a box or score that is not finite. all: to be judged, every class
// that a box may be of counts; surest: to be shown, a box is of one.
enum class Labels { all, surest };
std::vector<Detection> detections_of(std::span<const float> candidates, std::size_t classes,
                                     double least_score, Labels labels);
// A row [most, 5] of data::Task::boxes.
std::vector<Detection> true_boxes(std::span<const float> row);

// What a person is shown, or told of, is at least as sure.
constexpr double shown_from = 0.25;

struct JudgedImage {
  std::vector<Detection> found, truth;
};
// The mean over the classes that truly occur of the average precision, as COCO defines it: of each
// image the 100 surest are taken, the surest first, and each is right if a box of its class that is
// not taken yet overlaps with it by at least `least`, of which it takes the one that does most.
// Precision, made falling, is read at recall 0, 0.01 ... 1. 0 where nothing occurs.
double mean_average_precision(std::span<const JudgedImage> images, std::size_t classes,
                              double least);

// map50: at overlap 0.5; map: the mean of 0.5, 0.55 ... 0.95.
std::vector<NamedValue> detection_metrics(std::span<const JudgedImage> images, std::size_t classes);

// Images [N, H, W, 1|3], u8 or f32 in [0, 1], three times as large and with frames: gray of
// what is truly there, and a colour for each class of what was found. u8 [N, 3 H, 3 W, 3].
data::Array framed(const data::Array& images, std::span<const JudgedImage> judged);

}  // namespace lemnos
