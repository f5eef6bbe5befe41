// SPDX-License-Identifier: Apache-2.0
// What the models of images have in common.
#pragma once

#include <string_view>

#include "runtime/tensor/tensor.h"

namespace lemnos::nn {

// The fields that follow from the data: the sizes of an image, and how many classes there are.
template <class Config, class Visitor>
void image_fields(Config& config, Visitor& visit) {
  visit("height", config.height, "of an image; follows from the data");
  visit("width", config.width, "of an image; follows from the data");
  visit("channels", config.channels, "of an image; follows from the data");
  if constexpr (requires { config.classes; })
    visit("classes", config.classes, "follows from the data");
}

// Wrong usage, at the line of the operand, unless it is [N, height, width, channels].
void require_images(std::string_view model, const Operand& images, const Shape& image);
template <class Config>
void require_images(std::string_view model, const Operand& images, const Config& config) {
  require_images(model, images, Shape{config.height, config.width, config.channels});
}

}  // namespace lemnos::nn
