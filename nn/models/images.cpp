// SPDX-License-Identifier: Apache-2.0
#include "nn/models/images.h"

#include "runtime/base/error.h"

namespace lemnos::nn {

void require_images(std::string_view model, const Operand& images, const Shape& image) {
  const Shape shape = images.shape();
  if (shape.rank() != 4 || !(shape.without(0) == image))
    fail_at(images.at(), "{}: takes images [N, {}, {}, {}], not {}", model, image[0], image[1],
            image[2], shape);
}

}  // namespace lemnos::nn
