// SPDX-License-Identifier: Apache-2.0
// NumPy's .npy, versions 1 to 3, little-endian, C order.
// Source: NumPy enhancement proposal 1 and numpy.lib.format.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "data/array.h"
#include "data/formats/bytes.h"

namespace lemnos::data {

// f4, i4, u4 and u1 come as they are, b1 as u8; f8 is rounded to f32; i8 becomes i32 and fails on a
// value that does not fit. Fortran order, big-endian and other types are errors with the remedy.
Array parse_npy(Bytes bytes, std::string_view name);
Array read_npy(const std::filesystem::path& path);

std::vector<std::byte> encode_npy(const Array& array);  // version 1
void write_npy(const std::filesystem::path& path, const Array& array);

}  // namespace lemnos::data
