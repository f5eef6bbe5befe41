// SPDX-License-Identifier: Apache-2.0
// The words that a page with pictures is written in: HTML and SVG as text.
#pragma once

#include <string>
#include <string_view>

#include "nn/bench/result.h"

namespace lemnos::bench {

// Text as it stands in HTML, SVG and their attributes; control characters become spaces.
std::string escaped(std::string_view text);

// What a pointer that rests on a row's mark is told, a line each.
std::string tooltip(const Row& row);

// The class of what is drawn in a precision's colour: "p-f32"; and in a device's: "d-1".
std::string precision_class(std::string_view precision);
std::string device_class(std::size_t device);

}  // namespace lemnos::bench
