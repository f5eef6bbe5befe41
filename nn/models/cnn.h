// SPDX-License-Identifier: Apache-2.0
// Cnn: convolutions, each followed by an activation and maximum pooling, then dense layers; after
// LeNet-5 (LeCun et al. 1998, "Gradient-based learning applied to document recognition").
#pragma once

#include "nn/layers/conv2d.h"
#include "nn/layers/max_pool2d.h"
#include "nn/models/images.h"
#include "nn/models/mlp.h"

namespace lemnos::nn {

struct Cnn {
  struct Config {
    std::int64_t height = 28, width = 28, channels = 1, classes = 10;
    Sizes convolutions{32, 64};
    std::int64_t kernel = 3;
    Sizes hidden{128};
    std::string activation = "relu";
    double dropout = 0;

    template <class Visitor>
    void fields(Visitor&& visit) {
      image_fields(*this, visit);
      visit("convolutions", convolutions, "channels that each makes; after it sides are halved");
      visit("kernel", kernel, "side of what a convolution sees, odd");
      visit("hidden", hidden, "sizes of the dense layers before the last");
      visit("activation", activation, "between the layers: relu, tanh, sigmoid, gelu, ...");
      visit("dropout", dropout, "probability that a dense layer's value is dropped while training");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  explicit Cnn(const Config& config);

  Tensor operator()(const Operand& images) const;  // [N, H, W, C] to logits [N, classes]
  Tensor features(const Operand& images) const;    // what the last layer is given

  Config config;
  Activation activation;
  std::vector<Conv2d> convolutions;
  Mlp dense;
  LEMNOS_FIELDS(convolutions, dense)

 private:
  Tensor seen(const Operand& images) const;  // by the dense layers
};

}  // namespace lemnos::nn
