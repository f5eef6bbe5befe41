// SPDX-License-Identifier: Apache-2.0
// The words that a page with pictures is written in: HTML and SVG as text.
#pragma once

#include <string>
#include <string_view>

#include "nn/bench/result.h"

namespace lemnos::bench {

// Text as it stands in HTML, SVG and their attributes; control characters become spaces.
std::string escaped(std::string_view text);

// "15.39 TFLOP/s", "716.8 GB/s", "0.1395 ms", "54 %"; "" of what is not known.
std::string flops_text(double gflops);
std::string bytes_text(double gbps);
std::string ms_text(double ms);
std::string share_text(double share);

// What a pointer that rests on a row's mark is told, a line each.
std::string tooltip(const Row& row);

// The class of what is drawn in a precision's colour: "p-f32"; and in a device's: "d-1".
std::string precision_class(std::string_view precision);
std::string device_class(std::size_t device);

}  // namespace lemnos::bench
