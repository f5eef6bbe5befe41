// SPDX-License-Identifier: Apache-2.0
// Training images that are never seen twice alike: mirrored, turned, scaled and moved at random, on
// the device, as a part of the step that trains. Nothing but training sees them so.
#pragma once

#include <cstdint>
#include <string_view>

#include "nn/train/preprocessing.h"
#include "runtime/tensor/tensor.h"

namespace lemnos {

// Drawn for every image, and at every step anew. What comes from beyond an image's edges is 0.
struct Augmentation {
  bool flip = false;  // mirrored left to right, one of two
  double rotate = 0;  // turned about its centre by up to so many degrees, either way
  double scale = 0;   // enlarged by a factor from 1 - scale to 1 + scale
  double crop = 0;    // moved by up to this part of its height and its width, by whole pixels

  // "flip,rotate=10,scale=0.1,crop=0.125", any of them, these numbers where none is said; "none".
  // Wrong usage: a name that is not known or comes twice, a number that is none or out of range.
  static Augmentation parse(std::string_view text);
  // Wrong usage unless the data are images, of so many pixels that a crop moves them, and whose
  // targets do not say where something is.
  void verify(const Preprocessing& data) const;

  bool any() const { return flip || rotate > 0 || scale > 0 || crop > 0; }
  // Recorded: of images [N, H, W, C] as they are stored, f32 in [0, 1], each under a map of its
  // own. Where there is nothing to do they pass as they are.
  Tensor apply(const Tensor& images) const;
};

// To be looked at in a grid of 8 columns, f32 [64, H, W, C] or fewer: of each of the first 8 images
// the image itself, and seven times what training may see.
data::Array augmented_examples(const Augmentation& augmentation, const data::Array& images,
                               std::uint64_t seed);

}  // namespace lemnos
