// SPDX-License-Identifier: Apache-2.0
// What a model says of rows that are held out: always the same ones, so that only the weights make
// a difference. Made once, asked between training steps; nothing is compiled after the first look.
#pragma once

#include <functional>
#include <vector>

#include "nn/train/detections.h"
#include "nn/train/generator.h"

namespace lemnos {

struct Mistake {
  std::uint32_t row = 0;  // of the split
  std::uint32_t truth = 0, predicted = 0;
  float probability = 0;  // of the class predicted
  float loss = 0;         // nats: minus the logarithm of the true class's probability
};

struct ClassFigures {
  double precision = 0, recall = 0;  // 0 where there are no cases
  std::uint64_t rows = 0;            // truly of this class
};
std::vector<ClassFigures> class_figures(const Confusion& confusion);

// probabilities [N, C]; the worst first, at most so many; the row's number among these N.
std::vector<Mistake> worst_mistakes(const data::Array& probabilities,
                                    std::span<const std::uint32_t> labels, std::size_t most);

// The rows that are looked at: of what is held out, or of the training split where nothing is.
struct HeldOutRows {
  data::Array inputs, targets;
  std::vector<std::uint32_t> rows;  // their numbers in the split
  bool held_out = true;
  static HeldOutRows of(const data::Dataset& dataset, std::int64_t count);  // evenly spread
};

struct PredictionsLook {
  Confusion confusion;
  std::vector<ClassFigures> classes;
  double accuracy = 0;
  std::int64_t rows = 0;
  bool held_out = true;
  std::vector<Mistake> mistakes;
  data::Array pictures;  // the mistakes' inputs as stored, of images [n, H, W, C]; else none
};

// Recorded before all else, as to which values the weights have (Optimizer::use_average).
using First = std::function<void()>;

class Predictions {
 public:
  // Whether the task tells classes apart.
  static bool possible(const Task& task, const data::Dataset& dataset);

  // The dataset is preprocessed.
  Predictions(
      const Task& task, const data::Dataset& dataset, std::int64_t rows = 1024,
      std::size_t mistakes = 24, const First& first = [] {});
  PredictionsLook look();

 private:
  HeldOutRows rows_;
  std::size_t mistakes_;
  Answers answers_;
};

// Of a detector: images, what it finds in them, and what is truly there.
struct BoxesLook {
  data::Array images;  // as stored, [n, H, W, C]
  std::vector<std::uint32_t> rows;
  std::vector<JudgedImage> judged;
};

class FoundBoxes {
 public:
  FoundBoxes(
      const Task& task, const data::Dataset& dataset, std::int64_t images = 16,
      const First& first = [] {});
  BoxesLook look();

 private:
  HeldOutRows rows_;
  std::size_t classes_;
  Answers answers_;
};

}  // namespace lemnos
