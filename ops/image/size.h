// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace lemnos {

// The size of an image, in pixels.
struct ImageSize {
  std::int64_t height = 1, width = 1;
};

}  // namespace lemnos
