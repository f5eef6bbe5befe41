// SPDX-License-Identifier: Apache-2.0
// Resnet: a deep convolutional classifier whose blocks add to what they were given (He et al. 2015,
// "Deep residual learning for image recognition"); of depth 50 with the stride in the 3 x 3
// convolution, as PyTorch's.
#pragma once

#include "nn/layers/linear.h"
#include "nn/layers/normed_conv2d.h"
#include "nn/models/config.h"
#include "nn/models/images.h"

namespace lemnos::nn {

struct Resnet {
  struct Config {
    std::int64_t height = 28, width = 28, channels = 1, classes = 10;
    std::int64_t depth = 18, filters = 64;
    std::string stem = "cifar";

    template <class Visitor>
    void fields(Visitor&& visit) {
      image_fields(*this, visit);
      visit("depth", depth, "layers: 18, 34 or 50");
      visit("filters", filters, "channels of the first blocks");
      visit("stem", stem, "cifar (3 x 3) or imagenet (7 x 7 and pooling: a fourth of the sides)");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  // relu(path(x) + x), where x is fitted by `skip` if its shape is another.
  struct Block {
    std::vector<NormedConv2d> path;
    std::vector<NormedConv2d> skip;  // none, or one
    LEMNOS_FIELDS(path, skip)
    Tensor operator()(const Operand& x) const;
  };

  explicit Resnet(const Config& config);

  Tensor features(const Operand& images) const;    // [N, H, W, C] to [N, last block's channels]
  Tensor operator()(const Operand& images) const;  // logits [N, classes]

  Config config;
  NormedConv2d stem;
  std::vector<Block> blocks;
  Linear head;
  LEMNOS_FIELDS(stem, blocks, head)
};

}  // namespace lemnos::nn
