// SPDX-License-Identifier: Apache-2.0
// What a model makes of one row, and of a text that it goes on with. Made once, asked between
// training steps; a row of the same shape compiles nothing again.
#pragma once

#include <string>
#include <vector>

#include "nn/text/writer.h"
#include "nn/train/generator.h"

namespace lemnos {

struct RowLook {
  std::vector<data::Array>
      attention;              // of each layer f32 [heads, T, S]; nothing where none attends
  data::Array saliency;       // f32 [H, W, C], [F] or [T]; none where nothing is decided
  std::vector<float> scores;  // of each class or next token; likewise
};

class RowLooks {
 public:
  explicit RowLooks(const Task& task);
  RowLook at(const data::Array& row);  // [1, ...], preprocessed

 private:
  bool decides_;
  Answers answers_;
};

// The weights of the first convolution that looks at images [N, H, W, C], f32 [filters, kernel,
// kernel, C]; none where the first layer is another. `rows`: such images, of which none are read.
class FirstFilters {
 public:
  FirstFilters(const Task& task, const data::Array& rows);
  bool any() const { return static_cast<bool>(weight_); }
  data::Array look() const;  // of now

 private:
  Tensor weight_;
};

// How a language model goes on with a prompt: the same random numbers each time, so that only the
// weights make a difference.
class Continuation {
 public:
  static bool possible(const Task& task, const Preprocessing& preprocessing);
  Continuation(const Task& task, const Preprocessing& preprocessing);
  // What follows the prompt. Fails on one that cannot be encoded.
  std::string write(const std::string& prompt, std::int64_t tokens, const Sampling& sampling);

 private:
  Writer writer_;
  data::TokenizerPtr tokens_;
};

}  // namespace lemnos
