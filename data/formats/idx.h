// SPDX-License-Identifier: Apache-2.0
// IDX, the format of MNIST: two zero bytes, element type, rank, sizes (big-endian), elements.
// Source: "The MNIST database of handwritten digits", LeCun, Cortes, Burges.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "data/array.h"
#include "data/formats/bytes.h"

namespace lemnos::data {

// Plain or gzip, told apart by content. Element types u8, i32 and f32. The sizes must match the
// bytes exactly. `name` stands for the file in errors.
Array parse_idx(Bytes bytes, std::string_view name);
Array read_idx(const std::filesystem::path& path);

std::vector<std::byte> encode_idx(const Array& array);  // u8, i32 or f32; u32 is refused

}  // namespace lemnos::data
