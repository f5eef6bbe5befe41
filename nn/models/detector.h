// SPDX-License-Identifier: Apache-2.0
// Detector: which things are in an image, and where. One grid of cells, each of which tells at most
// one thing, the one whose centre is in it: the single-shot, anchor-free head (Redmon et al. 2016,
// "You only look once", section 2) on a stack of convolutions of stride 2, each with batch norm and
// relu.
//
// Boxes are centre x, centre y, width and height as parts of the image, from its top left corner.
#pragma once

#include "nn/layers/normed_conv2d.h"
#include "nn/models/config.h"
#include "nn/models/images.h"

namespace lemnos::nn {

struct Detector {
  struct Config {
    std::int64_t height = 64, width = 64, channels = 1, classes = 10;
    Sizes halvings{16, 32, 64};
    Sizes neck{128, 128};
    double box_weight = 2;

    template <class Visitor>
    void fields(Visitor&& visit) {
      image_fields(*this, visit);
      visit("halvings", halvings, "channels of the convolutions that halve the sides");
      visit("neck", neck, "channels of the convolutions on the grid of cells that this leaves");
      visit("box_weight", box_weight, "of the boxes' places in the loss, beside what they are");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  explicit Detector(const Config& config);

  // Images [N, H, W, C] in [0, 1] to what each cell says, [N, cells, 5 + classes]: where the box is
  // (before the sigmoid: centre from the cell's corner in cells, size as part of the image), the
  // logit of there being one, and those of its class. Cells row by row.
  Tensor operator()(const Operand& images) const;

  // Of what the cells say, and boxes f32 [N, most, 5]: class (-1: no more boxes), then the box.
  // Sums over an image, means over the batch, nats:
  //   objectness  binary cross-entropy of each cell, which is to have a box where a centre is
  //   box         1 - GIoU of each true box and that of its cell (Rezatofighi et al. 2019)
  //   label       cross-entropy of its class
  // loss = objectness + box_weight box + label. Boxes with their centres in one cell are all asked
  // of it.
  struct Terms {
    Tensor loss, objectness, box, label;
  };
  Terms loss(const Operand& cells, const Operand& boxes) const;

  // Of what the cells say: [N, cells, 4 + classes], each cell's box, and for each class how
  // probably it is there: P(a box) P(class | a box).
  Tensor found(const Operand& cells) const;

  Config config;
  std::int64_t rows = 0, columns = 0;  // of cells
  std::vector<NormedConv2d> convolutions;
  Conv2d head;
  LEMNOS_FIELDS(convolutions, head)

 private:
  Tensor corners_;  // [cells, 2]: x and y of each cell's corner, in cells
};

}  // namespace lemnos::nn
