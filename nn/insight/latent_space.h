// SPDX-License-Identifier: Apache-2.0
// The codes of a generative model: where images lie among them, and what any of them becomes. Made
// once, asked between training steps; nothing is compiled after the first look and the first
// decode.
#pragma once

#include <string>
#include <vector>

#include "nn/insight/predictions.h"
#include "nn/insight/principal_axes.h"

namespace lemnos {

struct LatentLook {
  data::Array codes;                  // f32 [n, latent]; none of models that do not encode
  std::vector<std::uint32_t> labels;  // a class for each, or none
  std::vector<std::string> classes;   // their names, or none
  PrincipalAxes axes;                 // of the codes; without codes, those of N(0, I)
};

class LatentSpace {
 public:
  static bool possible(const Task& task) { return task.latent() > 0; }

  // dataset: preprocessed; a generative model learns without targets, but what open_inputs(run)
  // gives still has the labels there are.
  LatentSpace(
      const Task& task, const data::Dataset& dataset, std::int64_t images = 512,
      const First& first = [] {});
  LatentLook look();                             // of the weights of now
  data::Array decode(std::span<const float> z);  // f32 [n, H, W, C] of n codes in a row
  const data::Array& images() const { return rows_.inputs; }  // as stored, one for each code

 private:
  std::int64_t latent_;
  bool encodes_;
  HeldOutRows rows_;
  std::vector<std::string> classes_;
  Answers encode_, decode_;
};

// The code that lies this part of the way from a to b.
std::vector<float> between(std::span<const float> a, std::span<const float> b, double part);

}  // namespace lemnos
