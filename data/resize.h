// SPDX-License-Identifier: Apache-2.0
// Images of another size.
#pragma once

#include <cstdint>

#include "data/array.h"

namespace lemnos::data {

// u8 [H, W, C] to [height, width, C], the proportions not kept: bilinear with antialiasing, as in
// Pillow and torchvision. Each pixel is the mean of those below a triangle around its place, which
// reaches as far as one pixel of the larger image to both sides. Computed in f32, rounded once.
Array resized(const Array& image, std::int64_t height, std::int64_t width);

}  // namespace lemnos::data
