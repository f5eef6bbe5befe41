// SPDX-License-Identifier: Apache-2.0
// Vit: the transformer of Bert over patches of an image (Dosovitskiy et al. 2020), the mean of
// whose results is classified.
#pragma once

#include "nn/layers/conv2d.h"
#include "nn/layers/transformer.h"
#include "nn/models/config.h"
#include "nn/models/images.h"

namespace lemnos::nn {

struct Vit {
  struct Config {
    std::int64_t height = 28, width = 28, channels = 1, classes = 10, patch = 4;
    std::int64_t embedding = 64, heads = 4, layers = 4, hidden = 0;
    double dropout = 0;

    template <class Visitor>
    void fields(Visitor&& visit) {
      image_fields(*this, visit);
      visit("patch", patch, "side of a patch; it divides height and width");
      visit("embedding", embedding, "numbers that stand for a patch");
      visit("heads", heads, "of attention");
      visit("layers", layers, "transformer blocks");
      visit("hidden", hidden, "size between a block's dense layers; 0: 4 times the embedding");
      visit("dropout", dropout, "probability that a value is dropped while training");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  explicit Vit(const Config& config);

  Tensor features(const Operand& images) const;    // [N, H, W, C] to [N, embedding]
  Tensor operator()(const Operand& images) const;  // logits [N, classes]

  Config config;
  Conv2d patches;
  Tensor places;  // [patches, embedding]
  Transformer transformer;
  Linear head;
  LEMNOS_FIELDS(patches, places, transformer, head)
};

}  // namespace lemnos::nn
