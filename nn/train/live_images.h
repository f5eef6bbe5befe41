// SPDX-License-Identifier: Apache-2.0
// Images that a model makes while it trains, left on the device for whoever draws there: nothing is
// read back, and training waits for nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/datasets/dataset.h"
#include "nn/train/task.h"
#include "runtime/exec/program.h"

namespace lemnos {

class LiveImages {
 public:
  struct Grid {
    std::string name;          // "samples", "reconstructions"
    Shape shape;               // [N, H, W, C], f32 in [0, 1]
    std::int64_t columns = 0;  // of the grid, row by row
    std::shared_ptr<Storage> pixels;
  };

  // What the task can show: samples of random numbers that stay the same, and the first held-out
  // images above what is left of them (between both what the model was given, if that was not all).
  // first: recorded before, as Evaluator's. The task must outlive this. Compiles.
  LiveImages(const Task& task, const data::Dataset& dataset, std::uint64_t seed,
             std::int64_t samples, const std::function<void()>& first);
  ~LiveImages();

  bool any() const { return program_ != nullptr; }
  // By the weights of now; each call's pixels are memory of their own. Returns when it is queued:
  // what is submitted to the device's queue later sees them.
  std::vector<Grid> refresh();

 private:
  struct Copy {
    std::uint64_t submission;
    std::unique_ptr<gpu::Recording> recording;
    std::vector<Grid> into;  // memory must outlive what is written to it
  };
  std::vector<Grid> grids_;  // that the program writes
  std::unique_ptr<Program> program_;
  std::deque<Copy> copies_;  // under way
};

}  // namespace lemnos
